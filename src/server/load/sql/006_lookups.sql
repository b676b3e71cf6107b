-- By what support finds installations: the values of the fields that a contract says are for it.
-- None of simulated installations.
CREATE TABLE IF NOT EXISTS candor.lookups
(
    product String,
    value String,
    installation String,
    deletion String,          -- SHA-256 of the deletion secret, or empty
    day Date,                 -- of the newest report or event that had it, UTC
    version UInt64            -- its own time, milliseconds since 1970
)
ENGINE = @ReplacingMergeTree(version)@
ORDER BY (product, value, installation, deletion);
