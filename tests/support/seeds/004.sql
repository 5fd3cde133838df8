-- A property business: what four Prisma migrations made, their history, rows, and two tables that somebody made with
-- `prisma db push` before their migrations came. FOLDER is scripts/prisma_deploy.
\i :FOLDER/prisma/migrations/20250310091500_init/migration.sql
\i :FOLDER/prisma/migrations/20250402120000_properties/migration.sql
\i :FOLDER/prisma/migrations/20250518083000_payments/migration.sql
\i :FOLDER/prisma/migrations/20250630150000_documents/migration.sql
\i :FOLDER/prisma/migrations/20250912093000_add_property_images/migration.sql
\i :FOLDER/prisma/migrations/20250915160000_add_audit_logs/migration.sql

CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0);
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES
  (gen_random_uuid(), 'b2a0f58af4f5e0f8f7ad7d84dd4112dba2767abffd547f695f1f9b2b9b75644a',
   '20250310091500_init', '2025-07-01', '2025-07-01', 1),
  (gen_random_uuid(), '04a4ec7ee44f17554d7ffe1d274e564311679bdcc88e456dbd953ca303794776',
   '20250402120000_properties', '2025-07-01', '2025-07-01', 1),
  (gen_random_uuid(), 'cfddca1fb821940ebb89784a00cba9812486e0c2d233d2404e4c94808f5d983f',
   '20250518083000_payments', '2025-07-01', '2025-07-01', 1),
  (gen_random_uuid(), '692c70b1c566ffd057a9ff0d142401e46776cb537d7201a11853c42756491994',
   '20250630150000_documents', '2025-07-01', '2025-07-01', 1);

INSERT INTO customers (id, name, email) SELECT 'c' || i, 'Customer ' || i, 'customer' || i || '@real.test' FROM generate_series(1, 40) i;
INSERT INTO users (id, customer_id, email, password_hash, role)
  SELECT 'u' || i, 'c' || (1 + i % 40), 'user' || i || '@real.test', md5(i::text), (ARRAY['tenant', 'owner', 'admin'])[1 + i % 3]
  FROM generate_series(1, 300) i;
INSERT INTO properties (id, owner_id, title, city, rent)
  SELECT 'p' || i, 'u' || (1 + i % 300), 'Ünit ' || i, (ARRAY['Lagos', 'Abuja'])[1 + i % 2], 100000 + i FROM generate_series(1, 120) i;
INSERT INTO leases (id, property_id, tenant_id, starts_on)
  SELECT 'l' || i, 'p' || (1 + i % 120), 'u' || (1 + i % 300), date '2025-01-01' + i FROM generate_series(1, 200) i;
INSERT INTO payments (id, lease_id, amount, status, reference)
  SELECT 'y' || i, 'l' || (1 + i % 200), 5000 + i / 100.0, 'paid', 'ref-' || i FROM generate_series(1, 1000) i;
INSERT INTO subscriptions (id, customer_id, plan, renews_at) SELECT 's' || i, 'c' || i, 'pro', '2026-01-01' FROM generate_series(1, 40) i;
INSERT INTO documents (id, owner_id, kind, url) SELECT 'd' || i, 'u' || i, 'passport', 'https://files.test/' || i FROM generate_series(1, 80) i;
INSERT INTO property_images (id, property_id, url) SELECT 'i' || i, 'p' || i, 'https://files.test/i' || i FROM generate_series(1, 50) i;
INSERT INTO audit_logs (id, actor_id, action) SELECT 'a' || i, 'u' || i, 'login' FROM generate_series(1, 60) i;
