-- Every admitted report, newest format of the body as it was kept. A report that arrives twice is one row.
CREATE TABLE IF NOT EXISTS candor.reports
(
    product String,
    day Date,                 -- of the report's own time, UTC
    simulated UInt8,
    installation String,
    version UInt64,           -- the report's own time, milliseconds since 1970
    received DateTime,
    protocol String,
    contract String,          -- SHA-256
    automation UInt8,
    deletion String,          -- SHA-256 of the deletion secret, or empty
    body String               -- the kept fields, JSON
)
ENGINE = @ReplacingMergeTree(received)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, installation, version);

-- The figures of a report, one row an insight and one with the empty name for the report itself.
-- The newest report of an installation and day wins, so a report that is loaded twice changes nothing.
CREATE TABLE IF NOT EXISTS candor.report_values
(
    product String,
    simulated UInt8,
    insight String,
    day Date,
    installation String,
    automation UInt8,
    version UInt64,
    present UInt8,            -- 0: the report has no such value
    number Float64,
    text String
)
ENGINE = @ReplacingMergeTree(version)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, simulated, insight, day, installation);

-- When an installation reported first and last.
CREATE TABLE IF NOT EXISTS candor.installations
(
    product String,
    simulated UInt8,
    installation String,
    first AggregateFunction(min, UInt64),
    last AggregateFunction(max, UInt64)
)
ENGINE = @AggregatingMergeTree()@
ORDER BY (product, simulated, installation);

CREATE MATERIALIZED VIEW IF NOT EXISTS candor.installations_of_reports TO candor.installations
AS SELECT product, simulated, installation, minState(version) AS first, maxState(version) AS last
FROM candor.report_values
WHERE insight = ''
GROUP BY product, simulated, installation;

-- Samples of devices belong to no installation. One that arrives again is one row.
CREATE TABLE IF NOT EXISTS candor.device_reports
(
    product String,
    day Date,                 -- of receipt
    device String,
    version UInt64,           -- the sample's time, milliseconds since 1970
    received DateTime,        -- its day
    contract String,
    body String               -- {STAMP: the kept fields}, JSON
)
ENGINE = @ReplacingMergeTree(received)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, device, version);
