CREATE FUNCTION escrow.change(of_member text, amount numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO escrow.wallet AS w (member, balance) VALUES (of_member, amount)
  ON CONFLICT (member) DO UPDATE SET balance = w.balance + excluded.balance;
END
$$;

CREATE FUNCTION escrow.finish(deal escrow.deal, outcome text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE escrow.deal AS d SET state = outcome WHERE d.deal_id = deal.deal_id;
  PERFORM escrow.change(CASE outcome WHEN 'paid' THEN deal.seller ELSE deal.buyer END, deal.amount);
END
$$;

CREATE FUNCTION escrow.load_deal(wanted int8, states text[]) RETURNS escrow.deal
LANGUAGE plpgsql AS $$
DECLARE
  deal escrow.deal;
BEGIN
  SELECT d.* INTO deal FROM escrow.deal AS d WHERE d.deal_id = wanted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no deal %', wanted USING ERRCODE = 'BC202';
  END IF;
  IF NOT deal.state = ANY (states) THEN
    RAISE EXCEPTION 'deal % is %', wanted, deal.state USING ERRCODE = 'BC401';
  END IF;
  RETURN deal;
END
$$;

CREATE FUNCTION escrow.deposit(deal_id int8, seller text, arbiter text, amount numeric, blocks int4) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  buyer text := bucordo.member();
BEGIN
  PERFORM escrow.change(buyer, -amount);
  PERFORM escrow.change(seller, 0);
  INSERT INTO escrow.deal (deal_id, buyer, seller, arbiter, amount, deadline, state)
  VALUES (deposit.deal_id, buyer, deposit.seller, deposit.arbiter, deposit.amount, bucordo.height() + deposit.blocks, 'held');
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'deal % exists already', deal_id USING ERRCODE = 'BC201';
  WHEN check_violation OR not_null_violation THEN
    RAISE EXCEPTION 'the parties differ and the amount is positive' USING ERRCODE = 'BC301';
END
$$;

CREATE FUNCTION escrow.confirm_delivery(deal_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  deal escrow.deal;
BEGIN
  deal := escrow.load_deal(deal_id, ARRAY['held', 'disputed']);
  IF deal.buyer <> bucordo.member() THEN
    RAISE EXCEPTION 'the buyer confirms' USING ERRCODE = 'BC101';
  END IF;
  PERFORM escrow.finish(deal, 'paid');
END
$$;

CREATE FUNCTION escrow.dispute(deal_id int8) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  deal escrow.deal;
BEGIN
  deal := escrow.load_deal(deal_id, ARRAY['held']);
  IF bucordo.member() NOT IN (deal.buyer, deal.seller) THEN
    RAISE EXCEPTION 'only the parties dispute' USING ERRCODE = 'BC101';
  END IF;
  UPDATE escrow.deal AS d SET state = 'disputed' WHERE d.deal_id = dispute.deal_id;
END
$$;

CREATE FUNCTION escrow.arbitrate(deal_id int8, for_seller bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  deal escrow.deal;
BEGIN
  deal := escrow.load_deal(deal_id, ARRAY['disputed']);
  IF deal.arbiter <> bucordo.member() THEN
    RAISE EXCEPTION '% arbitrates', deal.arbiter USING ERRCODE = 'BC101';
  END IF;
  PERFORM escrow.finish(deal, CASE WHEN for_seller THEN 'paid' ELSE 'returned' END);
END
$$;

-- After the deadline anybody may send the money to the seller.
CREATE FUNCTION escrow.sweep(deal_ids int8[]) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
  one int8;
  deal escrow.deal;
  here int8 := bucordo.height();
  done int4 := 0;
BEGIN
  FOREACH one IN ARRAY deal_ids LOOP
    SELECT d.* INTO deal FROM escrow.deal AS d WHERE d.deal_id = one AND d.state = 'held' AND d.deadline < here;
    CONTINUE WHEN NOT FOUND;
    PERFORM escrow.finish(deal, 'paid');
    done := done + 1;
  END LOOP;
  RETURN done;
END
$$;

CREATE FUNCTION escrow.wallet_of(member text) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce((SELECT w.balance FROM escrow.wallet AS w WHERE w.member = wallet_of.member), 0);
END
$$;
