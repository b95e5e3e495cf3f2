package muster.supervisor;

/** Everything that the set of services wants done, in this order. */
public sealed interface SetAction {
    /** What the machine of this service wants. */
    record Of(String name, ServiceAction action) implements SetAction {}

    /** Nobody writes to the standard input of this logger any more: let it see the end. */
    record CloseInput(String name) implements SetAction {}

    /** It is down, and forgotten. */
    record Removed(ServiceSpec service) implements SetAction {}

    /** A shutdown has ended; nothing follows. */
    record Ended(int code) implements SetAction {}
}
