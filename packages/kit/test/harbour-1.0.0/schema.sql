CREATE TABLE harbour.berth (
    berth_id int8 PRIMARY KEY,
    ship text NOT NULL,
    draught text
);
