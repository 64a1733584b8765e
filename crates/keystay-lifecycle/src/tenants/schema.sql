-- Schema 1. Nothing in here is a secret: links and browsers are known by the hash of what they hold.

CREATE TABLE tenants (
    id INTEGER PRIMARY KEY,
    -- how the vendor calls the customer: a name or a reference
    customer TEXT NOT NULL UNIQUE,
    -- the tenant this customer has been shown to be
    tenant TEXT UNIQUE,
    -- the tenant the operator named for this customer: an id or a domain
    expected TEXT,
    -- the tenant a browser came back with, where nobody has shown yet that it is this customer's
    claimed TEXT,
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    invited INTEGER NOT NULL,
    checked INTEGER,
    roles TEXT NOT NULL DEFAULT '[]',
    missing TEXT NOT NULL DEFAULT '[]',
    extra TEXT NOT NULL DEFAULT '[]',
    refusal_code TEXT,
    refusal TEXT
) STRICT;

CREATE INDEX tenants_by_state ON tenants (state);

CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL
) STRICT;

CREATE INDEX history_by_record ON history (record, id);

CREATE TABLE invitations (
    hash BLOB PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX invitations_by_record ON invitations (record);

-- One way of one browser to Entra and back: what the parameter `state` stands for.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    browser BLOB NOT NULL,
    begun INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    spent INTEGER,
    -- the tenant the browser said it comes from
    claimed TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    words TEXT
) STRICT;

CREATE INDEX attempts_by_record ON attempts (record, begun);
