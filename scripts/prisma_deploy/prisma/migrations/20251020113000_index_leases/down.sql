DROP INDEX IF EXISTS "leases_tenant_id_idx";
