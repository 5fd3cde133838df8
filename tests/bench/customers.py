"""The table that the data fixes work on: about 60 % of its rows need a change."""


def fill(rows):
    return f"""
CREATE TABLE customers (
  id bigint PRIMARY KEY, email text NOT NULL, phone text, amount_cents bigint NOT NULL,
  meta jsonb NOT NULL, note text, updated_at timestamptz);
INSERT INTO customers
SELECT i,
  CASE WHEN i % 10 < 6 THEN 'user' || i || '@example-' || (i % 97) || '.com.mx'
       ELSE '  User' || i || '@Example-' || (i % 97) || '.COM.MX ' END,
  CASE WHEN i % 10 IN (0,1,2,3,6,7) THEN '+52' || lpad((5500000000 + i * 7919 % 99999999)::text, 10, '0')
       WHEN i % 3 = 0 THEN '(55) ' || lpad((i * 7919 % 9999)::text, 4, '0') || '-' || lpad((i % 10000)::text, 4, '0')
       WHEN i % 3 = 1 THEN '55 ' || lpad((i * 7919 % 9999)::text, 4, '0') || ' ' || lpad((i % 10000)::text, 4, '0')
       ELSE '52-55-' || lpad((i * 7919 % 9999)::text, 4, '0') || '-' || lpad((i % 10000)::text, 4, '0') END,
  a,
  CASE WHEN i % 10 < 6 THEN jsonb_build_object('src', 'web', 'n', i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 7),
                                               'ref', md5(i::text), 'tier', t)
       ELSE jsonb_build_object('src', 'app', 'n', i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 7), 'ref',
                               md5(i::text)) END,
  repeat('note ' || i % 100 || ' ', 8),
  timestamptz '2024-01-01' + i * interval '1 second'
FROM (SELECT i, a, CASE WHEN a >= 1000000 THEN 'gold' WHEN a >= 100000 THEN 'silver' ELSE 'bronze' END t
      FROM (SELECT i::bigint, (i * 104729::bigint) % 1500000 a FROM generate_series(1, {rows}) i) x) y;
"""
