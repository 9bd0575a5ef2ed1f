//! The tables of memberships.

use super::members;

diesel::table! {
    jurisdictions (id) {
        id -> BigInt,
        location_id -> Nullable<BigInt>,
        body -> Text,
    }
}

diesel::table! {
    membership_types (id) {
        id -> BigInt,
        name -> Text,
        location_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    plan_versions (id) {
        id -> BigInt,
        membership_type_id -> BigInt,
        valid_from -> Date,
        reach -> Text,
        price -> BigInt,
        currency -> Text,
        uses -> Nullable<Integer>,
        body -> Text,
    }
}

diesel::table! {
    memberships (id) {
        id -> BigInt,
        member_id -> BigInt,
        membership_type_id -> BigInt,
        plan_version_id -> BigInt,
        location_id -> BigInt,
        law_id -> Nullable<BigInt>,
        needs_consent -> Bool,
        consented_on -> Nullable<Date>,
        sold_on -> Date,
        starts_on -> Date,
        committed_until -> Nullable<Date>,
        intro -> Bool,
        follows_id -> Nullable<BigInt>,
        lasts_until -> Nullable<Date>,
        ended_on -> Nullable<Date>,
    }
}

diesel::table! {
    membership_terms (id) {
        id -> BigInt,
        membership_id -> BigInt,
        number -> Integer,
        plan_version_id -> BigInt,
        length_count -> Nullable<Integer>,
        length_unit -> Nullable<Text>,
        starts_on -> Date,
        lasts_until -> Nullable<Date>,
        recorded_on -> Date,
    }
}

diesel::table! {
    subscriptions (id) {
        id -> BigInt,
        membership_id -> BigInt,
        payer_id -> BigInt,
        anchor -> Date,
    }
}

diesel::table! {
    membership_links (id) {
        id -> BigInt,
        person_id -> BigInt,
        bond -> Text,
        membership_id -> Nullable<BigInt>,
        ward_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        recorded_on -> Date,
    }
}

diesel::table! {
    membership_edits (id) {
        id -> BigInt,
        membership_id -> Nullable<BigInt>,
        location_id -> Nullable<BigInt>,
        kind -> Text,
        starts_on -> Date,
        lasts_until -> Nullable<Date>,
        compensation -> Text,
        fee -> Text,
        fee_amount -> Nullable<BigInt>,
        fee_currency -> Nullable<Text>,
        reason -> Text,
        ends_on_return -> Bool,
        recorded_on -> Date,
        ended_on -> Nullable<Date>,
        ended_recorded_on -> Nullable<Date>,
        returned_on -> Nullable<Date>,
    }
}

diesel::table! {
    membership_notices (id) {
        id -> BigInt,
        membership_id -> BigInt,
        kind -> Text,
        ground -> Nullable<Text>,
        successor_id -> Nullable<BigInt>,
        given_on -> Date,
        lasts_until -> Date,
        ends_on -> Date,
        back -> Text,
        fee_amount -> Nullable<BigInt>,
        fee_currency -> Nullable<Text>,
    }
}

diesel::table! {
    /// Members by their e-mail address in small letters.
    member_emails (member_id) {
        member_id -> BigInt,
        email -> Nullable<Text>,
    }
}

diesel::joinable!(membership_terms -> memberships (membership_id));
diesel::joinable!(membership_notices -> memberships (membership_id));
diesel::joinable!(membership_links -> memberships (membership_id));
diesel::joinable!(membership_edits -> memberships (membership_id));
diesel::joinable!(subscriptions -> memberships (membership_id));
diesel::allow_tables_to_appear_in_same_query!(
    memberships,
    membership_terms,
    membership_notices,
    membership_links,
    membership_edits,
    subscriptions,
    plan_versions,
    membership_types,
);
diesel::allow_tables_to_appear_in_same_query!(member_emails, members);
