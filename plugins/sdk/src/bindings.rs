//! What is generated from the contract, in three parts that share their types: what every world has, and what is
//! exported for prices and for recommendations. A component of two parts is one of the contract's worlds.
//!
//! Of exports only the type of the component is from here, and [`plugin!`](crate::plugin) writes the functions.
//!
//! They are apart because the macros of generated exports would clash: both worlds export `lifecycle`.

#![allow(missing_docs, unsafe_code, unused_qualifications, clippy::all)]

pub mod base {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "
            package gym:sdk;
            world base {
                import gym:plugins/log@1.0.0;
                import gym:plugins/settings@1.0.0;
                import gym:plugins/lookup@1.0.0;
                export gym:plugins/lifecycle@1.0.0;
            }
        ",
        world: "gym:sdk/base",
        pub_export_macro: true,
        export_macro_name: "export_base",
        skip: ["describe", "check-config"],
        additional_derives: [PartialEq],
        generate_all,
    });
}

pub mod price {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package gym:sdk; world price { export gym:plugins/pricing@1.0.0; }",
        world: "gym:sdk/price",
        pub_export_macro: true,
        export_macro_name: "export_price",
        skip: ["quote-price"],
        additional_derives: [PartialEq],
        with: { "gym:plugins/types@1.0.0": super::base::gym::plugins::types },
        generate_all,
    });
}

pub mod advice {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package gym:sdk; world advice { export gym:plugins/recommendation@1.0.0; }",
        world: "gym:sdk/advice",
        pub_export_macro: true,
        export_macro_name: "export_advice",
        skip: ["rank", "choose-offers"],
        additional_derives: [PartialEq],
        with: { "gym:plugins/types@1.0.0": super::base::gym::plugins::types },
        generate_all,
    });
}
