-- Every crash that a report tells of, however many reports tell of it: the newest one counts. Not cut
-- into months: a report may tell of crashes of any.
CREATE TABLE IF NOT EXISTS candor.crashes
(
    product String,
    simulated UInt8,
    automation UInt8,
    installation String,
    deletion String,          -- SHA-256 of the deletion secret, or empty
    crash String,             -- what the client calls it
    day Date,                 -- of the newest report that tells of it, UTC
    version UInt64,           -- that report's own time, milliseconds since 1970; of a replayed one a little later
    signature String,         -- of its stack, SHA-256; empty where it tells none
    at UInt64,                -- when it happened, milliseconds since 1970
    program String,
    release String,           -- the program's version
    reason String,            -- the condition that failed, or the signal
    frames String             -- the stack, a line each, innermost first
)
ENGINE = @ReplacingMergeTree(version)@
ORDER BY (product, installation, deletion, crash);
