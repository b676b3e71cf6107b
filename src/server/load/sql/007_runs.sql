-- What events tell about how well something works (`health` of the contract): a row for each event and
-- each thing that it is about. Of one run the best known outcome counts, so that a row that is there
-- twice, or is replayed, changes nothing.
CREATE TABLE IF NOT EXISTS candor.runs
(
    product String,
    event String,
    name String,              -- a plugin's, a command's
    version String,           -- its version, or empty
    day Date,                 -- of the event's time, UTC
    at UInt64,                -- its time, milliseconds since 1970
    run UInt64,               -- sipHash64 of the run's id; of the event's own where it tells none
    state UInt8,              -- 0 started, 1 completed, 2 failed, 3 aborted, 4 lost
    duration_ms Int64,        -- -1: it tells none
    automation UInt8,
    source String,            -- what tells installations apart, or empty
    position UInt64           -- of the record in the journal: the newest counts
)
ENGINE = @MergeTree()@
PARTITION BY toYYYYMM(day)
ORDER BY (product, event, name, day, run);
