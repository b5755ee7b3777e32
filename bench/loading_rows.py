# ruff: noqa: E501 - statements
"""The statements by which `bench.loading` turns a portion of papers into rows of the product."""

from documents import searching

# Tables whose secondary indexes are dropped for the load and built anew after it.
BIG = (
    "documents_document",
    "documents_documentversion",
    "documents_documenttext",
    "documents_step",
    "documents_task",
    "documents_pagepicture",
    "accounts_auditentry",
    "notifications_outboxevent",
    "notifications_notification",
    "notifications_delivery",
    "notifications_attempt",
    "notifications_told",
    "notifications_decision",
)
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
 WHERE t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
TYPE = """
INSERT INTO documents_documenttype (id, slug, name_ru, name_en, gender, formats, max_size_mb, required, confirm,
                                    link_access, link_days, sensitive, extra_addresses, client_sees, active)
SELECT uuidv7(), 'invoice', 'Счёт', 'Invoice', gender, formats, max_size_mb, required, confirm, link_access, link_days,
       sensitive, extra_addresses, client_sees, active
  FROM documents_documenttype WHERE slug = 'letter' ON CONFLICT DO NOTHING
"""
PEOPLE = """
DROP TABLE IF EXISTS loading_clients, loading_authors;
CREATE UNLOGGED TABLE loading_clients (number int PRIMARY KEY, id uuid);
CREATE UNLOGGED TABLE loading_authors (number int PRIMARY KEY, id uuid);
"""
USER_COLUMNS = (
    "password, id, email_sealed, email_lookup, name, address_as, position, language, time_zone, theme, roles, "
    "is_active, is_seeded, organisation_id"
)
CONTACT_COLUMNS = (
    "id, user_id, kind, address_sealed, lookup, label, rank, verified_at, verified_how, verified_reason, health, "
    "health_reason_ru, health_reason_en"
)
# Number 0 among the clients is the demo's client; a fifth of the work is written by the demo's staff.
DEMO_PEOPLE = """
INSERT INTO loading_clients SELECT 0, id FROM accounts_user WHERE is_seeded AND name = 'Мария Котова';
UPDATE loading_authors SET id = (SELECT id FROM accounts_user WHERE is_seeded AND name = 'Анна Ильина') WHERE number = 7;
"""
TEXTS_TABLE = """
DROP TABLE IF EXISTS loading_texts;
CREATE UNLOGGED TABLE loading_texts (
    number int, language text, type text, title text, text text, vector tsvector
)
"""
STAGE = """
DROP TABLE IF EXISTS stage, paper, sent;
CREATE TEMP TABLE stage (number int, language text, type text, title text, text text)
"""
_FOLDED = "translate({}, %(signs)s, %(folded)s)"
VECTOR = searching.VECTOR.format(head=_FOLDED.format("title"), body=_FOLDED.format("text"))
READ = f"INSERT INTO loading_texts SELECT stage.*, {VECTOR} FROM stage"  # noqa: S608 - put together from constants

# Of a thousand: the newest five thousand documents are on their way, the others have arrived.
FRESH = {"acknowledged": 300, "delivered": 250, "ready": 120, "approval": 100, "review": 80, "rework": 50,
         "rejected": 30, "failed": 20, "declined": 30, "recalled": 20}  # fmt: skip
OLD = {"acknowledged": 700, "archived": 180, "delivered": 90, "recalled": 12, "declined": 10, "ready": 6, "rework": 1,
       "rejected": 1}  # fmt: skip


def _drawn(shares: dict[str, int]) -> str:
    thousand = ",".join(state for state, share in shares.items() for _ in range(share))
    return f"('{{{thousand}}}'::text[])[1 + floor(random() * 1000)::int]"


PAPER = f"""
CREATE TEMP TABLE paper AS
SELECT l.*, x.title, x.text, x.vector, c.id AS client_id, a.id AS author_id, t.id AS type_id, w.id AS approver_id, w.name AS approver,
       l.state NOT IN ('rejected', 'failed', 'review', 'approval', 'rework') AS was_ready,
       l.state IN ('delivered', 'acknowledged', 'declined', 'archived') AS was_told,
       l.state IN ('review', 'approval') AS waits,
       l.at + interval '40 seconds' AS ready_at, u.name AS author_name, k.name AS client_name, k.language AS speaks,
       m.id AS contact_id, uuidv7(l.at + interval '40 seconds' - now()) AS entry_id,
       uuidv7(l.at + interval '40 seconds' - now()) AS event_id,
       uuidv7(l.at + interval '41 seconds' - now()) AS notification_id
  FROM (SELECT n, uuidv7(at - now()) AS id, uuidv7(at - now()) AS version_id, at,
               to_char(at, 'YYYY-') || lpad(n::text, 7, '0') AS number,
               CASE WHEN n > %(count)s - 5000 THEN {_drawn(FRESH)} ELSE {_drawn(OLD)} END AS state,
               CASE WHEN n %% (%(count)s / 40) = 7 THEN 0 ELSE 1 + floor(%(clients)s * random() ^ 2)::int END AS client,
               floor(%(authors)s * random() ^ 2)::int AS author, n / 1000 %% 10 = 0 AS story
          FROM (SELECT n, now() - interval '1 minute' - interval '1461 days' * ((%(count)s - n)::float / %(count)s) AS at
                  FROM generate_series(%(first)s, %(last)s) AS n) AS times) AS l
  JOIN loading_clients c ON c.number = l.client
  JOIN loading_authors a ON a.number = l.author
  JOIN (SELECT number AS place, language, type, title, text, vector FROM loading_texts) AS x
    ON x.place = l.n %% %(texts)s
  JOIN documents_documenttype t ON t.slug = x.type
  JOIN accounts_user u ON u.id = a.id
  JOIN accounts_user k ON k.id = c.id
  CROSS JOIN (SELECT id, name FROM accounts_user WHERE is_seeded AND name = 'Игорь Лапин') AS w
  LEFT JOIN LATERAL (SELECT id FROM accounts_contact WHERE user_id = c.id AND kind = 'email' LIMIT 1) AS m ON true
 ORDER BY l.n
"""  # noqa: S608 - put together from constants
ROUTE = """jsonb_build_array(jsonb_build_object('kind', {kind}, 'user', approver_id, 'group', NULL, 'role', '', 'hours', NULL))"""
DOCUMENTS = f"""
INSERT INTO documents_document (id, title, number, priority, purpose, due_at, state, state_at, version, route,
       route_round, route_at, archived_from, ready_at, created_at, author_id, client_id, type_id)
SELECT id, title, number, CASE WHEN n % 31 = 0 THEN 'urgent' ELSE 'normal' END, '', at + interval '7 days', state,
       at + interval '3 hours', 1, CASE WHEN waits THEN {ROUTE.format(kind="state")} ELSE '[]' END, 1,
       CASE WHEN waits THEN 0 END, CASE WHEN state = 'archived' THEN 'acknowledged' ELSE '' END,
       CASE WHEN was_ready THEN ready_at END, at, author_id, client_id, type_id
  FROM paper
"""  # noqa: S608 - put together from constants
VERSIONS = """
INSERT INTO documents_documentversion (id, n, original_name, format, size, sha256, stored_name, wrapped_key, pages,
       checked_at, reason, findings, created_at, created_by_id, document_id)
SELECT version_id, 1, title || ' ' || number || '.pdf', 'pdf', 40000 + n % 90000,
       encode(sha256(number::bytea), 'hex'),
       substr(md5(number), 1, 2) || '/' || substr(md5(number), 3, 2) || '/' || md5(number),
       decode(repeat('00', 62), 'hex'), 1, at + interval '3 seconds', '{}', '[]', at, author_id, id
  FROM paper
"""
TEXTS = """
INSERT INTO documents_documenttext (document_id, version, text, vector)
SELECT id, 1, text,
       vector || setweight(to_tsvector('simple', number || ' ' || replace(number, '-', ' ') || ' ' || n || ' ' || client_name), 'A')
           || array_to_tsvector(ARRAY['~w' || floor(extract(epoch FROM at) / 604800), '~y' || extract(year FROM at AT TIME ZONE 'UTC')])
  FROM paper ORDER BY n
"""
TASKS = """
INSERT INTO documents_task (id, version, round, position, kind, role, status, due_at, comment, created_at, closed_at,
       closed_by_id, document_id, group_id, user_id)
SELECT uuidv7(at - now()), 1, 1, 0, CASE WHEN waits THEN state ELSE 'approval' END, '',
       CASE WHEN waits THEN 'open' ELSE 'confirmed' END, at + interval '1 day', '', at + interval '20 seconds',
       CASE WHEN NOT waits THEN at + interval '30 seconds' END, CASE WHEN NOT waits THEN approver_id END, id, NULL,
       approver_id
  FROM paper WHERE (waits AND n % 20 = 0) OR (was_ready AND n % 500 = 3)
"""
STORY = """
INSERT INTO accounts_auditentry (id, at, action, subject_kind, subject_id, version, actor_kind, actor_id, actor_name,
       data, participants, xid)
SELECT CASE WHEN s.action = 'document.ready' THEN entry_id ELSE uuidv7(at + s.later - now()) END, at + s.later,
       s.action, 'document', id, 1, s.actor,
       CASE s.actor WHEN 'user' THEN author_id WHEN 'contact' THEN contact_id END,
       CASE s.actor WHEN 'user' THEN author_name WHEN 'contact' THEN client_name ELSE 'docflow' END,
       jsonb_build_object('state', s.state),
       jsonb_build_object('client', jsonb_build_array(client_id), 'author', jsonb_build_array(author_id), 'acting', '[]'::jsonb),
       1
  FROM paper CROSS JOIN (VALUES
       ('document.created', interval '0 seconds', 'user', 'uploaded', 0),
       ('document.checking', interval '1 seconds', 'user', 'checking', 0),
       ('document.processing', interval '3 seconds', 'system', 'processing', 0),
       ('document.ready', interval '40 seconds', 'system', 'ready', 1),
       ('document.delivered', interval '50 seconds', 'system', 'delivered', 2),
       ('document.opened', interval '2 hours', 'contact', 'delivered', 2),
       ('document.acknowledged', interval '3 hours', 'contact', 'acknowledged', 3)
  ) AS s (action, later, actor, state, needs)
 WHERE (story OR s.action = 'document.created')
   AND (s.needs = 0 OR s.needs = 1 AND was_ready OR s.needs = 2 AND was_told OR s.needs = 3 AND paper.state = 'acknowledged')
 ORDER BY n, s.later
"""
STEPS = """
INSERT INTO documents_step (id, version_id, kind, due_at, attempt_no, outcome, error, created_at, started_at, finished_at)
SELECT uuidv7(at - now()), version_id, kind, at, 1, 'ok', '', at, at + interval '1 second', at + interval '2 seconds'
  FROM paper CROSS JOIN (VALUES ('check'), ('text'), ('pictures')) AS s (kind) WHERE story
"""
PICTURES = """
INSERT INTO documents_pagepicture (id, version_id, n, width, height, stored_name, thumb_width, thumb_height,
       thumb_stored_name)
SELECT uuidv7(at - now()), version_id, 1, 1240, 1754, replace(name, '*', 'p'), 160, 226, replace(name, '*', 't')
  FROM (SELECT *, substr(md5('p' || number), 1, 2) || '/' || substr(md5('p' || number), 3, 2) || '/*' || md5('p' || number)
            AS name FROM paper WHERE story) AS named
"""
EVENTS = """
INSERT INTO notifications_outboxevent (id, action, subject_kind, subject_id, version, created_at, due_at, planned_at,
       failures, error, entry_id)
SELECT event_id, 'document.ready', 'document', id, 1, ready_at, ready_at, ready_at, 0, '', entry_id
  FROM paper WHERE story AND was_ready
"""
NOTIFICATIONS = """
INSERT INTO notifications_notification (id, revision, kind, subject_kind, subject_id, version, recipient, role, dedup,
       live, channels, mode, created_at, user_id, event_id, trigger_id)
SELECT notification_id, 1, 'document.ready', 'document', id, 1, 'user:' || client_id, 'client', 'document.ready:1', true,
       '{sms,email}', 'all', ready_at, client_id, event_id,
       (SELECT id FROM notifications_trigger WHERE action = 'document.ready' LIMIT 1)
  FROM paper WHERE story AND was_ready
"""
SENT = """
CREATE TEMP TABLE sent AS
SELECT uuidv7(ready_at - now()) AS delivery_id, channel, v.id AS text_id, n % 97 = 5 AND channel = 'sms' AS failed, p.*
  FROM paper p CROSS JOIN (VALUES ('email'), ('sms')) AS c (channel)
  JOIN LATERAL (SELECT current_id AS id FROM notifications_template
                 WHERE action = 'document.ready' AND channel = c.channel AND language = p.speaks) AS v ON true
 WHERE story AND was_ready ORDER BY n
"""
DELIVERIES = """
INSERT INTO notifications_delivery (id, channel, masked, round, language, body_sealed, lane, state, due_at, expires_at,
       attempt_no, tries, possible_duplicate, provider_ref, reason, answer, address_dead, unsettled, created_at, sent_at,
       delivered_at, finished_at, contact_id, notification_id, template_version_id)
SELECT delivery_id, channel, CASE channel WHEN 'sms' THEN '+7 900 ··· 45' ELSE 'p···@load.example' END, 1, speaks, '',
       'normal', CASE WHEN failed THEN 'failed' WHEN channel = 'sms' THEN 'delivered' ELSE 'sent' END, ready_at,
       ready_at + interval '4 hours', 1, 1, false, 'SM' || md5(number || channel),
       CASE WHEN failed THEN 'undeliverable' ELSE '' END, '', failed, false, ready_at,
       CASE WHEN NOT failed THEN ready_at + interval '1 second' END,
       CASE WHEN NOT failed AND channel = 'sms' THEN ready_at + interval '4 seconds' END,
       ready_at + interval '4 seconds', CASE channel WHEN 'email' THEN contact_id END, notification_id, text_id
  FROM sent
"""
ATTEMPTS = """
INSERT INTO notifications_attempt (id, number, owner, opened_at, finished_at, outcome, reason, answer, duration_ms,
       possible_duplicate, delivery_id)
SELECT uuidv7(ready_at - now()), 1, 1, ready_at, ready_at + interval '300 milliseconds',
       CASE WHEN failed THEN 'permanent' ELSE 'ok' END, CASE WHEN failed THEN 'undeliverable' ELSE '' END,
       '250 2.0.0 Ok: queued', 300, false, delivery_id
  FROM sent
"""
TOLD = """
INSERT INTO notifications_told (id, subject_kind, subject_id, version, kind, at, delivery_id)
SELECT uuidv7(ready_at - now()), 'document', id, 1, 'document.ready', ready_at, delivery_id
  FROM sent WHERE channel = 'email'
"""
DECISIONS = """
INSERT INTO notifications_decision (id, revision, recipient, channel, verdict, detail, at, contact_id, user_id,
       notification_id, event_id, trigger_id)
SELECT uuidv7(ready_at - now()), 1, 'client', channel, 'planned', '{}', ready_at, NULL, client_id, notification_id,
       event_id, (SELECT id FROM notifications_trigger WHERE action = 'document.ready' LIMIT 1)
  FROM sent
"""
ROWS = (
    DOCUMENTS,
    VERSIONS,
    TEXTS,
    TASKS,
    STORY,
    STEPS,
    PICTURES,
    EVENTS,
    NOTIFICATIONS,
    SENT,
    DELIVERIES,
    ATTEMPTS,
    TOLD,
    DECISIONS,
)
AFTER = ("DROP TABLE loading_clients, loading_authors, loading_texts", "VACUUM ANALYZE")
