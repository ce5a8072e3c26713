--
-- Name: category; Type: TABLE; Schema: wholesale
--

CREATE TABLE wholesale.category (
    category_id smallint NOT NULL,
    category_name text NOT NULL,
    description text DEFAULT ''::text
);

COMMENT ON TABLE wholesale.category IS 'What products are called together';

--
-- Name: product; Type: TABLE; Schema: wholesale
--

CREATE TABLE wholesale.product (
    product_id integer NOT NULL,
    category_id smallint,
    product_name text NOT NULL,
    unit_price numeric(10,2) DEFAULT 0.00,
    units_in_stock integer DEFAULT 0 NOT NULL,
    units_on_order integer NOT NULL,
    reorder_level integer,
    discontinued boolean DEFAULT false NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    CONSTRAINT product_check CHECK (((units_in_stock + units_on_order) >= 0)),
    CONSTRAINT product_state_check CHECK ((state = ANY (ARRAY['new'::text, 'sold'::text, 'gone'::text]))),
    CONSTRAINT product_unit_price_check CHECK ((unit_price >= (0)::numeric))
);

--
-- Name: order_detail; Type: TABLE; Schema: wholesale
--

CREATE TABLE wholesale.order_detail (
    order_id bigint NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    amount numeric(14,2) GENERATED ALWAYS AS (((quantity)::numeric * unit_price)) STORED
);

ALTER TABLE ONLY wholesale.category
    ADD CONSTRAINT category_pkey PRIMARY KEY (category_id);

ALTER TABLE ONLY wholesale.category
    ADD CONSTRAINT category_category_name_check CHECK ((octet_length(category_name) <= 60));

ALTER TABLE ONLY wholesale.category
    ADD CONSTRAINT category_category_name_key UNIQUE (category_name);

ALTER TABLE ONLY wholesale.product
    ADD CONSTRAINT product_pkey PRIMARY KEY (product_id);

ALTER TABLE ONLY wholesale.product ALTER COLUMN units_on_order SET DEFAULT 0;

ALTER TABLE ONLY wholesale.product ALTER COLUMN category_id SET NOT NULL;

ALTER TABLE ONLY wholesale.order_detail
    ADD CONSTRAINT order_detail_pkey PRIMARY KEY (order_id, product_id);

CREATE INDEX order_detail_product_id_idx ON wholesale.order_detail USING btree (product_id);

CREATE INDEX product_category_id_idx ON wholesale.product USING btree (category_id);

ALTER TABLE ONLY wholesale.order_detail
    ADD CONSTRAINT order_detail_product_id_fkey FOREIGN KEY (product_id) REFERENCES wholesale.product(product_id);

ALTER TABLE ONLY wholesale.product
    ADD CONSTRAINT product_category_id_fkey FOREIGN KEY (category_id) REFERENCES wholesale.category(category_id) ON DELETE RESTRICT;
