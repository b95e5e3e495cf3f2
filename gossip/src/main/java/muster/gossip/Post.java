package muster.gossip;

import java.util.ArrayList;
import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;

/** Puts messages into datagrams, with waiting broadcasts in the room that is left. */
final class Post {
    /** From this protocol on a peer reads checksums; memberlist adds one where it knows whom it writes to. */
    private static final int CHECKSUM_PROTOCOL = 5;

    private final World world;
    private final Rumours rumours;
    private final int budget;

    Post(World world, Rumours rumours) {
        this.world = world;
        this.rumours = rumours;
        this.budget = Packet.DATAGRAM_BYTES_MAX
                - Packet.overhead(world.keys)
                - Packet.CRC_OVERHEAD
                - Packet.COMPOUND_OVERHEAD;
    }

    /** Sends a message to an address, and rumours along with it. */
    void send(Address to, Message message) {
        List<Bytes> parts = new ArrayList<>();
        Bytes encoded = MessageCodec.encode(message);
        parts.add(encoded);
        rumours.fill(parts, budget - encoded.size() - Packet.PART_OVERHEAD, false);
        dispatch(to, parts, false);
    }

    /** Sends exactly these messages to a member. */
    void send(Row to, Message... messages) {
        List<Bytes> parts = new ArrayList<>();
        for (Message message : messages) {
            parts.add(MessageCodec.encode(message));
        }
        dispatch(to.address, parts, to.protocolMax() >= CHECKSUM_PROTOCOL);
    }

    /** Sends exactly this message to an address. */
    void sendAlone(Address to, Message message) {
        dispatch(to, List.of(MessageCodec.encode(message)), false);
    }

    /** Sends a round's rumours to a member; false when there were none. */
    boolean gossip(Row to) {
        List<Bytes> parts = new ArrayList<>();
        rumours.fill(parts, budget, true);
        if (parts.isEmpty()) {
            return false;
        }
        dispatch(to.address, parts, to.protocolMax() >= CHECKSUM_PROTOCOL);
        return true;
    }

    /** The longest encoded message that can travel as a broadcast. */
    int longest() {
        return budget - Packet.PART_OVERHEAD;
    }

    private void dispatch(Address to, List<Bytes> parts, boolean checksum) {
        world.count(Counter.DATAGRAMS_SENT);
        Bytes packet = Packet.encode(parts, world.settings.compress(), checksum, world.keys, world.random);
        world.measured(Figure.count("memberlist.udp.sent", packet.size()));
        world.emit(new Effect.SendDatagram(to, packet));
    }
}
