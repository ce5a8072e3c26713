-- The life of a purchase order, and what is refused on the way.

-- as buyer/employee-258
SELECT purchasing.add_unit_measure('CS ', 'Case');
SELECT purchasing.add_vendor(1580, 'LITWARE0001', 'Litware, Inc.', 1, true, true, null);
SELECT purchasing.add_product(
  product_id => 1, name => 'Tights', product_number => 'PR-1', made => false, finished_goods => false, color => null,
  safety_stock_level => 4, reorder_point => 3, standard_cost => '0.0000', list_price => '74.9900', size => null,
  size_unit_code => null, weight_unit_code => null, weight => null, days_to_manufacture => 0, product_line => null,
  product_class => null, style => null, subcategory_id => null, model_id => null, sell_start => '2019-04-30',
  sell_end => null, discontinued => null
);
-- as vendors/vendor-1580
SELECT purchasing.offer_product(
  product_id => 1, vendor_id => 1580, average_lead_time => 17, standard_price => '47.8700',
  last_receipt_cost => '50.2635', last_receipt_date => '2022-03-28', min_order_qty => 1, max_order_qty => 5,
  on_order_qty => null, unit_code => 'CS '
);
-- as carriers/carrier-3
SELECT purchasing.publish_ship_method(3, 'SEA', '29.9500', '2.9900');
-- as buyer/employee-258
SELECT purchasing.place_order(
  order_id => 1, employee_id => 258, vendor_id => 1580, ship_method_id => 3, order_date => '2022-04-15',
  ship_date => '2022-04-24', sub_total => '201.0400', tax_amt => '20.1040', freight => '6.2825',
  total_due => '227.4265', line_ids => ARRAY[1], due_dates => ARRAY['2022-04-29'], product_ids => ARRAY[1],
  order_qtys => ARRAY[4], unit_prices => ARRAY['50.2600'], line_totals => ARRAY['201.0400']
);

-- test: placed, approved, confirmed, shipped, received, complete
-- as buyer/employee-250
SELECT purchasing.approve_order(1);
-- as vendors/vendor-1580
SELECT purchasing.confirm_order(1);
-- as carriers/carrier-3
SELECT purchasing.ship_order(1);
-- as buyer/employee-258
SELECT purchasing.receive_line(1, 1, '3.00', '0.50', '2.50');
SELECT purchasing.complete_order(1);
SELECT state = 'complete' FROM purchasing.order_header WHERE order_id = 1;
-- expect BC413 line 1 cannot be received any more
SELECT purchasing.receive_line(1, 1, '3.00', '0.50', '2.50');

-- test: each step waits for the one before
-- as vendors/vendor-1580
-- expect BC401 only an approved order can be confirmed
SELECT purchasing.confirm_order(1);
-- as carriers/carrier-3
-- expect BC401 only a confirmed order can be shipped
SELECT purchasing.ship_order(1);
-- as buyer/employee-258
-- expect BC411 not approved yet
SELECT purchasing.receive_line(1, 1, '3.00', '0.50', '2.50');
-- expect BC401
SELECT purchasing.complete_order(1);
SELECT state = 'placed' FROM purchasing.order_header WHERE order_id = 1;

-- test: a rejected order stays rejected
-- as buyer/employee-250
SELECT purchasing.reject_order(1);
-- expect BC401
SELECT purchasing.approve_order(1);
-- as buyer/employee-258
-- expect BC412 was rejected
SELECT purchasing.receive_line(1, 1, '3.00', '0.50', '2.50');

-- test: only an approver approves, and only the buyer places
-- as buyer/employee-258
-- expect not_permitted
SELECT purchasing.approve_order(1);
-- as vendors/vendor-1580
-- expect not_permitted
SELECT purchasing.add_unit_measure('KG ', 'Kilogram');
-- as buyer/employee-258
-- expect BC201 unit of measure CS
SELECT purchasing.add_unit_measure('CS ', 'Case');
