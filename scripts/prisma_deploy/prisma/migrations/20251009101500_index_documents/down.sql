DROP INDEX IF EXISTS "documents_owner_id_kind_idx";
