DROP INDEX IF EXISTS "payments_status_created_at_idx";
