//! A signal of the last thing received.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;

use reactive_graph::signal::RwSignal;
use reactive_graph::traits::{DefinedAt, IsDisposed, ReadUntracked, Set, Track, WithUntracked};
use send_wrapper::SendWrapper;

/// A signal of the last thing received, `None` before the first: read it with [`get`], [`with`], [`read`] and their like, as
/// any signal of Leptos.
///
/// It is `Copy`, and `Send` whatever `T` is, so that it can be used in views. Where `T` is not, it is read on the thread that
/// received it: the only one there is in a browser.
///
/// ```
/// use leptos::prelude::*;
/// use tautline_leptos::Latest;
///
/// # #[component]
/// # fn Price(price: Latest<f64>) -> impl IntoView {
/// view! { <b>{move || price.get().map(|price| format!("{price:.2} €"))}</b> }
/// # }
/// ```
///
/// [`get`]: reactive_graph::traits::Get::get
/// [`with`]: reactive_graph::traits::With::with
/// [`read`]: reactive_graph::traits::Read::read
pub struct Latest<T: 'static> {
    /// The wrapper is within the option: where nothing is received, which is on servers, nothing belongs to a thread, and
    /// the signal may be dropped on any.
    value: RwSignal<Option<SendWrapper<Arc<T>>>>,
}

impl<T> Latest<T> {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Latest {
            value: RwSignal::new(None),
        }
    }

    /// Does nothing once the signal is disposed.
    pub(crate) fn note(&self, value: Arc<T>) {
        let _unset = self.value.try_set(Some(SendWrapper::new(value)));
    }
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Latest<T> {}

impl<T> PartialEq for Latest<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Eq for Latest<T> {}

impl<T> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest").finish_non_exhaustive()
    }
}

impl<T> DefinedAt for Latest<T> {
    fn defined_at(&self) -> Option<&'static Location<'static>> {
        self.value.defined_at()
    }
}

impl<T> IsDisposed for Latest<T> {
    fn is_disposed(&self) -> bool {
        self.value.is_disposed()
    }
}

impl<T> Track for Latest<T> {
    #[track_caller]
    fn track(&self) {
        self.value.track();
    }
}

impl<T> ReadUntracked for Latest<T> {
    type Value = LatestGuard<T>;

    fn try_read_untracked(&self) -> Option<LatestGuard<T>> {
        let value = self.value.try_with_untracked(|value| {
            let value = value.as_ref();
            value.map(|value| Arc::clone(value))
        });
        value.map(LatestGuard)
    }
}

/// What [`Latest`] held when it was read.
pub struct LatestGuard<T>(Option<Arc<T>>);

impl<T> Deref for LatestGuard<T> {
    type Target = Option<Arc<T>>;

    fn deref(&self) -> &Option<Arc<T>> {
        &self.0
    }
}

impl<T> fmt::Debug for LatestGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestGuard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use reactive_graph::computed::Memo;
    use reactive_graph::owner::Owner;
    use reactive_graph::traits::{Get, GetUntracked, With};

    use super::*;

    #[test]
    fn the_last_thing_is_read_and_tracked() {
        let owner = Owner::new();
        owner.set();
        let latest = Latest::<u32>::new();
        let double = Memo::new(move |_| latest.get().map(|it| *it * 2));
        assert_eq!(double.get(), None);
        latest.note(Arc::new(4));
        assert_eq!(double.get(), Some(8));
        assert!(latest.with(Option::is_some));
    }

    #[test]
    #[expect(clippy::arc_with_non_send_sync)]
    fn a_disposed_one_is_neither_read_nor_set() {
        let owner = Owner::new();
        let latest = owner.with(Latest::<Rc<str>>::new);
        owner.cleanup();
        latest.note(Arc::new("late".into()));
        assert!(latest.is_disposed());
        assert!(latest.try_get_untracked().is_none());
    }

    #[test]
    fn an_empty_one_may_be_dropped_on_another_thread() {
        let owner = Owner::new();
        owner.with(Latest::<Rc<str>>::new);
        std::thread::spawn(move || drop(owner)).join().unwrap();
    }
}
