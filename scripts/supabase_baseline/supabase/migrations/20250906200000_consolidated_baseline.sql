-- The whole schema in one file. On an empty database it makes everything; where things are there already it skips them.

CREATE TABLE IF NOT EXISTS public.accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE,
  display_name text,
  role text NOT NULL DEFAULT 'member',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.local_classes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  parent_id uuid,
  title text NOT NULL,
  sort_order integer
);

CREATE TABLE IF NOT EXISTS public.objects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token text NOT NULL,
  title text NOT NULL,
  local_class_id uuid,
  owner_id uuid REFERENCES public.accounts (id),
  visibility text NOT NULL DEFAULT 'open',
  price numeric(12, 2),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.media (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  object_id uuid,
  uri text NOT NULL,
  kind text NOT NULL DEFAULT 'image',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.chakai (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  event_date date NOT NULL,
  visibility text NOT NULL DEFAULT 'open',
  notes jsonb
);

CREATE TABLE IF NOT EXISTS public.chakai_items (
  chakai_id uuid NOT NULL REFERENCES public.chakai (id) ON DELETE CASCADE,
  object_id uuid NOT NULL,
  PRIMARY KEY (chakai_id, object_id)
);

CREATE INDEX IF NOT EXISTS chakai_event_date_idx ON public.chakai (event_date);
CREATE INDEX IF NOT EXISTS chakai_items_object_id_idx ON public.chakai_items (object_id);
CREATE INDEX IF NOT EXISTS local_classes_parent_sort_idx ON public.local_classes (parent_id, sort_order);
CREATE INDEX IF NOT EXISTS media_object_id_idx ON public.media (object_id);
CREATE INDEX IF NOT EXISTS objects_local_class_id_idx ON public.objects (local_class_id);

-- ADD CONSTRAINT has no IF NOT EXISTS.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('public.objects', 'objects_token_key', 'UNIQUE (token)'),
    ('public.chakai', 'chakai_visibility_check', 'CHECK (visibility IN (''open'', ''private''))'),
    ('public.local_classes', 'local_classes_parent_id_fkey', 'FOREIGN KEY (parent_id) REFERENCES public.local_classes (id)'),
    ('public.objects', 'objects_local_class_id_fkey', 'FOREIGN KEY (local_class_id) REFERENCES public.local_classes (id)'),
    ('public.media', 'media_object_id_fkey', 'FOREIGN KEY (object_id) REFERENCES public.objects (id) ON DELETE CASCADE'),
    ('public.chakai_items', 'chakai_items_object_id_fkey', 'FOREIGN KEY (object_id) REFERENCES public.objects (id)')
  ) AS listed (relation, name, definition)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = wanted.relation::regclass AND conname = wanted.name) THEN
      EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', wanted.relation, wanted.name, wanted.definition);
    END IF;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION public.is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS
$$ SELECT EXISTS (SELECT FROM public.accounts WHERE id = auth.uid() AND role = 'admin') $$;

-- As the caller, so that row level security holds for it; with a search_path that nobody else can fill.
CREATE OR REPLACE FUNCTION public.swap_local_class_sort_order(a uuid, b uuid) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = '' AS $$
DECLARE
  kept integer;
BEGIN
  SELECT sort_order INTO STRICT kept FROM public.local_classes WHERE id = a FOR UPDATE;
  UPDATE public.local_classes SET sort_order = (SELECT sort_order FROM public.local_classes WHERE id = b) WHERE id = a;
  UPDATE public.local_classes SET sort_order = kept WHERE id = b;
END $$;

CREATE OR REPLACE FUNCTION public.set_local_class_sort_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF NEW.sort_order IS NULL THEN
    SELECT coalesce(max(sort_order), 0) + 1 INTO NEW.sort_order FROM public.local_classes
    WHERE parent_id IS NOT DISTINCT FROM NEW.parent_id;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.touch_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS
$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;

CREATE OR REPLACE TRIGGER local_class_sort_order BEFORE INSERT ON public.local_classes
  FOR EACH ROW EXECUTE FUNCTION public.set_local_class_sort_order();
CREATE OR REPLACE TRIGGER objects_touch BEFORE UPDATE ON public.objects
  FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.local_classes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.media ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.chakai ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.chakai_items ENABLE ROW LEVEL SECURITY;

-- CREATE POLICY has no IF NOT EXISTS.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('accounts', 'accounts_own', 'FOR SELECT TO authenticated USING (id = auth.uid())'),
    ('accounts', 'accounts_admin', 'FOR ALL TO authenticated USING (public.is_admin()) WITH CHECK (public.is_admin())'),
    ('objects', 'objects_read', 'FOR SELECT TO anon, authenticated USING (visibility = ''open'')'),
    ('objects', 'objects_admin', 'FOR ALL TO authenticated USING (public.is_admin()) WITH CHECK (public.is_admin())'),
    ('media', 'media_read', 'FOR SELECT TO anon, authenticated USING (EXISTS (SELECT FROM public.objects o WHERE o.id = object_id))'),
    ('media', 'media_admin', 'FOR ALL TO authenticated USING (public.is_admin()) WITH CHECK (public.is_admin())'),
    ('chakai', 'chakai_read', 'FOR SELECT TO anon, authenticated USING (visibility = ''open'')'),
    ('chakai', 'chakai_admin', 'FOR ALL TO authenticated USING (public.is_admin()) WITH CHECK (public.is_admin())'),
    ('chakai_items', 'chakai_items_read', 'FOR SELECT TO anon, authenticated USING (EXISTS (SELECT FROM public.chakai c WHERE c.id = chakai_id))'),
    ('local_classes', 'local_classes_read', 'FOR SELECT TO anon, authenticated USING (true)'),
    ('local_classes', 'local_classes_admin', 'FOR ALL TO authenticated USING (public.is_admin()) WITH CHECK (public.is_admin())')
  ) AS listed (relation, name, definition)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = 'public' AND tablename = wanted.relation AND policyname = wanted.name) THEN
      EXECUTE format('CREATE POLICY %I ON public.%I %s', wanted.name, wanted.relation, wanted.definition);
    END IF;
  END LOOP;
END $$;
