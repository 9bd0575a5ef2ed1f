//! The tables of the doors: waivers and visits.

diesel::table! {
    waivers (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        title -> Text,
        required_from -> Date,
    }
}

diesel::table! {
    waiver_signatures (id) {
        id -> BigInt,
        waiver_id -> BigInt,
        member_id -> BigInt,
        guardian_id -> Nullable<BigInt>,
        signed_on -> Date,
    }
}

diesel::table! {
    visits (id) {
        id -> BigInt,
        member_id -> BigInt,
        location_id -> BigInt,
        area -> Nullable<Text>,
        entered_at -> Timestamp,
        entered_on -> Date,
        opened_by -> Text,
        lot_id -> Nullable<BigInt>,
        registration_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        left_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    guest_visits (id) {
        id -> BigInt,
        host_id -> BigInt,
        guest_id -> BigInt,
        location_id -> BigInt,
        entered_at -> Timestamp,
        entered_on -> Date,
    }
}
