DROP INDEX IF EXISTS "audit_logs_created_at_idx";
