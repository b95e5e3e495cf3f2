package muster.gossip.wire;

import java.util.SortedMap;

/** The answer to {@code _serf_conflict}: the member of that name as the one who answers knows it. */
public final class ConflictCodec {
    private static final int TYPE = 6;
    private static final Struct FIELDS = Struct.of(
            "Name",
            "Addr",
            "Port",
            "Tags",
            "Status",
            "ProtocolMin",
            "ProtocolMax",
            "ProtocolCur",
            "DelegateMin",
            "DelegateMax",
            "DelegateCur");

    private ConflictCodec() {}

    /**
     * What a member is known as.
     *
     * @param status Serf's number: 1 alive, 2 leaving, 3 left, 4 failed
     * @param versions pmin pmax pcur dmin dmax dcur
     */
    public record Known(
            String name, Bytes address, int port, SortedMap<String, String> tags, int status, Bytes versions) {}

    public static Bytes encode(Known known) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(TYPE).map(11);
        out.text("Addr").bytes(known.address());
        out.text("DelegateCur").unsigned(known.versions().at(5));
        out.text("DelegateMax").unsigned(known.versions().at(4));
        out.text("DelegateMin").unsigned(known.versions().at(3));
        out.text("Name").text(known.name());
        out.text("Port").unsigned(known.port());
        out.text("ProtocolCur").unsigned(known.versions().at(2));
        out.text("ProtocolMax").unsigned(known.versions().at(1));
        out.text("ProtocolMin").unsigned(known.versions().at(0));
        out.text("Status").unsigned(known.status());
        out.text("Tags").map(known.tags().size());
        known.tags().forEach((name, value) -> out.text(name).text(value));
        return out.toBytes();
    }

    /**
     * Where that member is said to be. Serf answers nil when it does not know the member: that is
     * {@link Rejection#BAD_ADDRESS}, like any other answer without an address.
     */
    public static Decoded<Place> decode(Bytes payload) {
        if (payload.isEmpty() || payload.at(0) != TYPE) {
            return new Decoded.Rejected<>(payload.isEmpty() ? Rejection.EMPTY : Rejection.UNKNOWN_TYPE, 0);
        }
        var in = new MsgPackReader(payload.array(), 1, payload.size());
        Bytes address = Bytes.EMPTY;
        int port = 0;
        var fields = FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Addr" -> address = MessageCodec.readAddress(in);
                case "Port" -> port = MessageCodec.readPort(in);
                default -> in.skip();
            }
        }
        MessageCodec.requireAddress(in, address);
        return in.outcome(new Place(address, port));
    }

    /** An address of 4 or 16 bytes and a port. */
    public record Place(Bytes address, int port) {}
}
