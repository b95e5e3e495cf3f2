package muster.gossip.wire;

/** What became of bytes from outside: a value, or a reason why not. Decoders return this and never throw. */
public sealed interface Decoded<T> {
    record Ok<T>(T value) implements Decoded<T> {}

    /** {@code offset} is where in the innermost layer the reading stopped. */
    record Rejected<T>(Rejection reason, int offset) implements Decoded<T> {}
}
