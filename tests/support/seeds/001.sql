-- Rows of a small chat as it was developed with: values that a careless copy bends, gaps in the numbers.
INSERT INTO users (handle, email, password_hash, settings, avatar, created_at)
  SELECT 'user_' || i, 'User' || i || '@whynot.test', md5(i::text), jsonb_build_object('theme', 'dark', 'n', i, 'ü', E'a\tb'),
    CASE WHEN i % 3 = 0 THEN decode('00ff5c0a' || lpad(to_hex(i), 4, '0'), 'hex') END,
    timestamptz '2025-03-30 01:59:59.123456+01' + i * interval '1 hour'
  FROM generate_series(1, 60) i;
INSERT INTO rooms (name, owner_id, tags, is_private)
  SELECT 'Room ' || i, 1 + i % 60, CASE i % 4 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['a,b', '"q"', NULL, '\x', '{}'] ELSE ARRAY['plain'] END,
    i % 2 = 0 FROM generate_series(1, 20) i;
UPDATE rooms SET parent_id = 21 - id WHERE id > 10;
INSERT INTO room_participants (room_id, user_id) SELECT r.id, u.id FROM rooms r JOIN users u ON (u.id + r.id) % 5 = 0;
INSERT INTO messages (room_id, author_id, body, weight)
  SELECT 1 + i % 20, CASE WHEN i % 7 > 0 THEN 1 + i % 60 END,
    CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN E'two\nlines\\N' WHEN 2 THEN '\N' WHEN 3 THEN 'Zoë 💬' ELSE 'plain ' || i END,
    CASE i % 4 WHEN 0 THEN 0.1 + 0.2 WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' ELSE 1e-300 END
  FROM generate_series(1, 500) i;
DELETE FROM messages WHERE id > 480;
