package muster.proof.simulator;

import java.util.List;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;

/** Listens to what goes over the wire, for measurements. */
interface Tap {
    /** {@code node} sends this, because of {@code cause}. */
    void sent(Node node, Input cause, List<Message> messages);

    /** {@code node} is about to read this datagram. */
    void arrives(Node node, Bytes datagram);
}
