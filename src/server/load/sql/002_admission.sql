-- Values of declared fields that were out of bounds; whole days are dropped after a week.
CREATE TABLE IF NOT EXISTS candor.quarantine
(
    product String,
    day Date,                 -- of receipt
    received DateTime,
    record UInt64,            -- position in the journal
    protocol String,
    installation String,
    path String,
    type String,
    reason String,
    value String              -- JSON; empty when it was too long to keep
)
ENGINE = @MergeTree()@
PARTITION BY day
ORDER BY (product, received, record);

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
