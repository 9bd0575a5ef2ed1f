DROP TABLE pay_lines;
DROP TABLE pay_runs;
DROP TABLE pay_rules;
DROP TABLE stock_moves;
DROP TABLE product_prices;
DROP FUNCTION stock_append_only();
DROP FUNCTION stock_chain();
