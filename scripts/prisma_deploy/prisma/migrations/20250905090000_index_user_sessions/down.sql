DROP INDEX IF EXISTS "user_sessions_expires_at_idx";
