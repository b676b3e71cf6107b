-- Every admitted event, in the order of arrival: rows that came together stay together. One that is
-- replayed is another row with the same id, and the newest counts.
CREATE TABLE IF NOT EXISTS candor.events
(
    product String,
    name String,
    day Date,                 -- of the event's time, UTC
    at UInt64,                -- its time, milliseconds since 1970
    id FixedString(16),
    source String,            -- what tells installations or visitors apart, or empty
    received DateTime,
    protocol String,
    contract FixedString(32), -- SHA-256
    version UInt64,           -- position of the record in the journal
    again UInt8,              -- 1: it is in the place of an earlier one
    automation UInt8,         -- 1: in continuous integration
    body String               -- the kept fields, JSON
)
ENGINE = @MergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, day, version);

-- What pages ask: counted by the day, and how many sources there were.
CREATE TABLE IF NOT EXISTS candor.daily
(
    product String,
    figure String,            -- an insight of the contract; empty: the events themselves, by name
    day Date,
    value String,
    bucket String,            -- of the events themselves 'automation', counted apart, or empty
    count AggregateFunction(sum, UInt64),
    total AggregateFunction(sum, Float64),
    sources AggregateFunction(uniqArray, Array(UInt64)),
    block AggregateFunction(max, UInt64)
)
ENGINE = @AggregatingMergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, figure, day, value, bucket);

-- How it is fed: what a block of records adds, summed by the loader. Nothing is kept here.
CREATE TABLE IF NOT EXISTS candor.daily_blocks
(
    product String,
    figure String,
    day Date,
    value String,
    bucket String,
    events UInt64,
    sum Float64,
    hashes Array(UInt64),     -- sipHash64 of each source, some of them more than once
    position UInt64           -- of no other block, so that a replica takes none for another
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.daily_of_blocks TO candor.daily
AS SELECT product, figure, day, value, bucket, sumState(events) AS count, sumState(sum) AS total,
    uniqArrayState(hashes) AS sources, maxState(position) AS block
FROM candor.daily_blocks
GROUP BY product, figure, day, value, bucket;
