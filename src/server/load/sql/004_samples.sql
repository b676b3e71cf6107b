-- What the series of a day are called: a row for each series and day of its samples.
CREATE TABLE IF NOT EXISTS candor.series
(
    product String,
    metric String,            -- the series' name: of a histogram with _bucket, _sum or _count
    series UInt64,            -- its id: a hash of all that names it, under the collector's key
    day Date,                 -- of its samples' time, UTC
    labels String,            -- JSON object of the labels that the contract lists, sorted by name
    installation String,      -- the label that tells installations apart, or empty
    protocol String,          -- as of the newest row
    contract String,          -- SHA-256
    version UInt64
)
ENGINE = @ReplacingMergeTree(version)@
PARTITION BY day
ORDER BY (product, metric, series, day);

-- Every admitted sample of a metric. One that arrives twice is one row. Cut into days: what a metric is now
-- is asked of the last hour, and no order of the rows has the times of all series together. The ids of a
-- metric's series begin alike, so they lie together without a text in the order.
CREATE TABLE IF NOT EXISTS candor.samples
(
    product String,
    metric String,
    series UInt64,            -- candor.series says what it is called
    day Date,                 -- of the sample's time, UTC
    at UInt64,                -- its time, milliseconds since 1970
    tag UInt64,               -- tells apart what differed in dropped labels; another one for each sample
    value Float64,
    version UInt64
)
ENGINE = @ReplacingMergeTree(version)@
PARTITION BY day
ORDER BY (product, series, at, tag);

-- What pages ask: how many samples, series and installations of each metric a day had, however often they came.
CREATE TABLE IF NOT EXISTS candor.metric_days
(
    product String,
    metric String,
    day Date,
    samples AggregateFunction(uniq, UInt64, UInt64, UInt64),
    series AggregateFunction(uniq, UInt64),
    installations AggregateFunction(uniqArray, Array(String))
)
ENGINE = @AggregatingMergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, metric, day);

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.metric_days_of_samples TO candor.metric_days
AS SELECT product, metric, day, uniqState(series, at, tag) AS samples
FROM candor.samples
GROUP BY product, metric, day;

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.metric_days_of_series TO candor.metric_days
AS SELECT product, metric, day, uniqState(series) AS series,
    uniqArrayState(if(installation = '', emptyArrayString(), array(installation))) AS installations
FROM candor.series
GROUP BY product, metric, day;
