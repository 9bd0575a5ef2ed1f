//! What the names in a file mean.

use std::collections::BTreeMap;

/// What has a name; an error if several have it.
pub(super) type Named<T> = BTreeMap<String, Result<T, Several>>;

/// Several have the name.
pub(super) struct Several;

pub(super) fn by_name<T>(all: impl Iterator<Item = (String, T)>) -> Named<T> {
    let mut named = Named::new();
    for (name, one) in all {
        named
            .entry(name)
            .and_modify(|it| *it = Err(Several))
            .or_insert(Ok(one));
    }
    named
}

/// The room in a place that is written as "location, room". Programs put addresses there too, and directions below.
pub(super) fn room_in<'t>(text: &'t str, place: &str, is_room: impl Fn(&str) -> bool) -> Option<&'t str> {
    let line = text.trim().lines().next()?;
    let is_place = |before: &str| before.trim().to_lowercase() == place.trim().to_lowercase();
    let mut commas = line.match_indices(',').map(|(at, _)| line.split_at(at));
    let (_, after) = commas.find(|(before, _)| is_place(before))?;
    let name = after.strip_prefix(',')?.trim();
    (!name.is_empty() && (is_room(name) || !name.contains(','))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_a_room_and_an_address_does_not() {
        let check = |text: &str, room: Option<&str>| {
            assert_eq!(
                room_in(text, "Mitte", |name| name == "Hall 1, left"),
                room,
                "{text:?}"
            );
        };
        check("Mitte, Studio 1", Some("Studio 1"));
        check(" mitte ,Studio 1\nback entrance", Some("Studio 1"));
        check("Mitte, Hall 1, left", Some("Hall 1, left"));
        check("Mitte, Hauptstr. 5, 10115 Berlin, Germany", None);
        check("Gym, Hauptstr. 5, 10115 Berlin, Germany", None);
        check("Studio 1\nMitte, Studio 2", None);
        check("Mitte", None);
        check("Mitte,", None);
        check(",Studio 1", None);
        check("", None);
        assert_eq!(
            room_in("Süd, Mitte, Studio 1", "Süd, Mitte", |_| false),
            Some("Studio 1")
        );
    }

    #[test]
    fn a_name_that_several_have_means_none_of_them() {
        let named = by_name(
            [("Ada", 1), ("Ben", 2), ("Ada", 3)]
                .map(|(name, it)| (name.to_owned(), it))
                .into_iter(),
        );
        let of = |name: &str| named.get(name).map(|it| it.as_ref().ok().copied());
        assert_eq!(
            [of("Ada"), of("Ben"), of("Cyd")],
            [Some(None), Some(Some(2)), None]
        );
    }
}
