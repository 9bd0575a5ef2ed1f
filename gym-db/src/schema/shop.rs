//! The tables of the shop.

diesel::table! {
    products (id) {
        id -> BigInt,
        name -> Text,
        tax_code -> Text,
        may_go_negative -> Bool,
    }
}

diesel::table! {
    product_prices (id) {
        id -> BigInt,
        product_id -> BigInt,
        location_id -> BigInt,
        currency -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    sales (id) {
        id -> BigInt,
        location_id -> BigInt,
        buyer_id -> BigInt,
        product_id -> BigInt,
        quantity -> Integer,
        returned -> Integer,
        currency -> Text,
        amount -> BigInt,
        sold_at -> Timestamp,
    }
}

diesel::table! {
    stock_moves (id) {
        id -> BigInt,
        product_id -> BigInt,
        location_id -> BigInt,
        seq -> Integer,
        pieces -> Integer,
        pieces_after -> Integer,
        reason -> Text,
        sale_id -> Nullable<BigInt>,
        moved_at -> Timestamp,
    }
}
