-- A project on Supabase before its migrations are consolidated: the application's tables with their rows, some of what the
-- baseline brings (a policy, a few indexes), functions without a search_path, and a history of squashed versions.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', name); END IF;
  END LOOP;
END $$;

CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;

CREATE TABLE accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, display_name text,
  role text NOT NULL DEFAULT 'member', created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE local_classes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), parent_id uuid, title text NOT NULL, sort_order integer);
CREATE TABLE objects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), token text NOT NULL, title text NOT NULL, local_class_id uuid,
  owner_id uuid REFERENCES accounts (id), visibility text NOT NULL DEFAULT 'open', price numeric(12, 2),
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE media (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), object_id uuid, uri text NOT NULL, kind text NOT NULL DEFAULT 'image',
  created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE chakai (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL, event_date date NOT NULL,
  visibility text NOT NULL DEFAULT 'open', notes jsonb);
CREATE TABLE chakai_items (
  chakai_id uuid NOT NULL REFERENCES chakai (id) ON DELETE CASCADE, object_id uuid NOT NULL, PRIMARY KEY (chakai_id, object_id));
CREATE INDEX chakai_event_date_idx ON chakai (event_date);

CREATE FUNCTION swap_local_class_sort_order(a uuid, b uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE kept integer;
BEGIN
  SELECT sort_order INTO kept FROM local_classes WHERE id = a;
  UPDATE local_classes SET sort_order = (SELECT sort_order FROM local_classes WHERE id = b) WHERE id = a;
  UPDATE local_classes SET sort_order = kept WHERE id = b;
END $$;
CREATE FUNCTION set_local_class_sort_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sort_order IS NULL THEN
    SELECT coalesce(max(sort_order), 0) + 1 INTO NEW.sort_order FROM local_classes
    WHERE parent_id IS NOT DISTINCT FROM NEW.parent_id;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER local_class_sort_order BEFORE INSERT ON local_classes FOR EACH ROW EXECUTE FUNCTION set_local_class_sort_order();
CREATE TRIGGER objects_touch BEFORE UPDATE ON objects FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

ALTER TABLE objects ENABLE ROW LEVEL SECURITY;
CREATE POLICY objects_read ON objects FOR SELECT TO anon, authenticated USING (visibility = 'open');
GRANT USAGE ON SCHEMA public TO anon, authenticated;
GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated, service_role;

INSERT INTO accounts (id, email, display_name, role)
  SELECT md5('account' || n)::uuid, 'person' || n || '@example.com', 'Person ' || n, CASE WHEN n = 1 THEN 'admin' ELSE 'member' END
  FROM generate_series(1, 40) n;
INSERT INTO local_classes (id, parent_id, title)
  SELECT md5('class' || n)::uuid, CASE WHEN n > 4 THEN md5('class' || n % 4 + 1)::uuid END, 'Class ' || n
  FROM generate_series(1, 16) n ORDER BY n;
INSERT INTO objects (id, token, title, local_class_id, owner_id, visibility, price)
  SELECT md5('object' || n)::uuid, 'T' || n, 'Bowl ' || n, md5('class' || n % 16 + 1)::uuid, md5('account' || n % 40 + 1)::uuid,
    CASE WHEN n % 5 = 0 THEN 'private' ELSE 'open' END, n * 1.25
  FROM generate_series(1, 500) n;
INSERT INTO media (id, object_id, uri)
  SELECT md5('media' || n)::uuid, md5('object' || n % 500 + 1)::uuid, 'https://media.example.com/' || n || '.jpg'
  FROM generate_series(1, 900) n;
INSERT INTO chakai (id, title, event_date, notes)
  SELECT md5('chakai' || n)::uuid, 'Gathering ' || n, date '2025-01-01' + n, jsonb_build_object('guests', n)
  FROM generate_series(1, 30) n;
INSERT INTO chakai_items SELECT md5('chakai' || n % 30 + 1)::uuid, md5('object' || n)::uuid FROM generate_series(1, 120) n;

CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (
  version text NOT NULL PRIMARY KEY, statements text[], name text, created_by text);
INSERT INTO supabase_migrations.schema_migrations (version, statements, name, created_by) VALUES
  ('20250110090000', ARRAY['CREATE TABLE accounts ()'], 'accounts', 'dev@example.com'),
  ('20250214100000', ARRAY['CREATE TABLE objects ()'], 'objects', 'dev@example.com'),
  ('20250403120000', ARRAY['CREATE TABLE media ()'], 'media', NULL),
  ('20250611150000', ARRAY['CREATE TABLE chakai ()'], 'chakai', NULL),
  ('20250822180000', ARRAY['CREATE FUNCTION swap ()'], 'local_classes', NULL);
