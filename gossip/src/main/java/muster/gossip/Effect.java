package muster.gossip;

import muster.gossip.wire.Bytes;

/** Everything the protocol can ask of the outside world. The shell obeys in order and decides nothing. */
public sealed interface Effect {
    record SendDatagram(Address to, Bytes payload) implements Effect {}

    /** Connect to {@code to}; numbers count upwards from 1. Report {@link Input.StreamConnected} or {@link Input.StreamClosed}. */
    record OpenStream(long stream, Address to) implements Effect {}

    record WriteStream(long stream, Bytes bytes) implements Effect {}

    /** Flush what was written, then close. No input about this stream afterwards. */
    record CloseStream(long stream) implements Effect {}

    record Notify(Notice notice) implements Effect {}

    /** For whoever collects figures; nothing depends on it. */
    record Measured(Figure figure) implements Effect {}
}
