-- Every admitted event. One that is replayed takes the place of what was kept of it before. What the
-- figures are made of stands beside the body, an entry a figure: the event itself under the empty name.
CREATE TABLE IF NOT EXISTS candor.events
(
    product String,
    name String,
    day Date,                 -- of the event's time, UTC
    at UInt64,                -- its time, milliseconds since 1970
    id String,                -- 32 hex digits
    source String,            -- what tells installations or visitors apart, or empty
    received DateTime,
    protocol String,
    contract String,          -- SHA-256
    version UInt64,           -- the newest one counts
    body String,              -- the kept fields, JSON
    figures Array(String),
    values Array(String),
    buckets Array(String),
    numbers Array(Float64)
)
ENGINE = @ReplacingMergeTree(version)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, name, day, at, id);

-- What pages ask: counted by the day, and how many sources there were.
CREATE TABLE IF NOT EXISTS candor.daily
(
    product String,
    figure String,            -- an insight of the contract; empty: the events themselves, by name
    day Date,
    value String,
    bucket String,
    count AggregateFunction(count),
    total AggregateFunction(sum, Float64),
    sources AggregateFunction(uniq, String)
)
ENGINE = @AggregatingMergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, figure, day, value, bucket);

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.daily_of_events TO candor.daily
AS SELECT product, figure, day, value, bucket, countState() AS count, sumState(number) AS total,
    uniqState(source) AS sources
FROM candor.events
ARRAY JOIN figures AS figure, values AS value, buckets AS bucket, numbers AS number
GROUP BY product, figure, day, value, bucket;
