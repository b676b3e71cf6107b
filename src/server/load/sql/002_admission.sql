-- Values of declared fields that were out of bounds; whole days are dropped after a week. One that was
-- replayed is replaced by a row that says so, without the value.
CREATE TABLE IF NOT EXISTS candor.quarantine
(
    product String,
    day Date,                 -- of receipt
    received DateTime,
    record UInt64,            -- position in the journal; 0 of device reports
    kind String,              -- report, device, event
    id String,                -- what the record is called: an event's id, a report's key
    event String,             -- the event's name
    at UInt64,                -- the record's own time, milliseconds since 1970
    protocol String,
    contract String,          -- SHA-256
    installation String,
    path String,
    type String,
    reason String,
    value String,             -- JSON; empty when it was too long to keep
    place String,             -- JSON pointer; empty when it was too long
    body String,              -- of an event of which nothing else is kept: its empty document
    state UInt8,              -- 0 held, 1 replayed; the highest counts
    automation UInt8          -- of an event: 1 in continuous integration
)
ENGINE = @ReplacingMergeTree(state)@
PARTITION BY day
ORDER BY (product, received, record, id, path, place);

-- What was dropped: never a value.
CREATE TABLE IF NOT EXISTS candor.drops
(
    product String,
    day Date,
    path String,
    type String,
    reason String,
    count UInt64
)
ENGINE = @SummingMergeTree(count)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, day, path, type, reason);

-- What became of all that was received.
CREATE TABLE IF NOT EXISTS candor.accounting
(
    product String,
    day Date,
    outcome String,           -- accepted, partly_quarantined, quarantined, refused, duplicate
    reason String,            -- of refusals
    count UInt64
)
ENGINE = @SummingMergeTree(count)@
PARTITION BY toYYYYMM(day)
ORDER BY (product, day, outcome, reason);
