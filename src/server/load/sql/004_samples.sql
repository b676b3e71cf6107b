-- Every admitted sample of a metric. One that arrives twice is one row. Cut into days: what a metric is now
-- is asked of the last hour, and no order of the rows has the times of all series together.
CREATE TABLE IF NOT EXISTS candor.samples
(
    product String,
    metric String,            -- the series' name: of a histogram with _bucket, _sum or _count
    labels String,            -- JSON object of the labels that the contract lists, sorted by name
    installation String,      -- the label that tells installations apart, or empty
    day Date,                 -- of the sample's time, UTC
    at UInt64,                -- its time, milliseconds since 1970
    tag UInt64,               -- tells apart what differed in dropped labels; another one for each sample
    value Float64,
    received DateTime,
    protocol String,
    contract String,          -- SHA-256
    version UInt64
)
ENGINE = @ReplacingMergeTree(version)@
PARTITION BY day
ORDER BY (product, metric, labels, installation, at, tag);

-- What pages ask: how many samples, series and installations of each metric a day had, however often they came.
CREATE TABLE IF NOT EXISTS candor.metric_days
(
    product String,
    metric String,
    day Date,
    samples AggregateFunction(uniq, String, String, UInt64, UInt64),
    series AggregateFunction(uniq, String, String),
    installations AggregateFunction(uniqArray, Array(String))
)
ENGINE = @AggregatingMergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, metric, day);

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.metric_days_of_samples TO candor.metric_days
AS SELECT product, metric, day, uniqState(labels, installation, at, tag) AS samples,
    uniqState(labels, installation) AS series,
    uniqArrayState(if(installation = '', emptyArrayString(), array(installation))) AS installations
FROM candor.samples
GROUP BY product, metric, day;
