DROP INDEX IF EXISTS "users_customer_id_idx";
