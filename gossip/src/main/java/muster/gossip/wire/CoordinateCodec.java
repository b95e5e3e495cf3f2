package muster.gossip.wire;

/** A coordinate to and from the payload of an ack: version byte 1 and a map. */
public final class CoordinateCodec {
    private static final int VERSION = 1;
    private static final Struct FIELDS = Struct.of("Vec", "Error", "Adjustment", "Height");

    private CoordinateCodec() {}

    public static Bytes encode(Coordinate coordinate) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(VERSION).map(4);
        out.text("Adjustment").real(coordinate.adjustment());
        out.text("Error").real(coordinate.error());
        out.text("Height").real(coordinate.height());
        out.text("Vec").array(Coordinate.DIMENSIONS);
        for (int i = 0; i < Coordinate.DIMENSIONS; i++) {
            out.real(coordinate.at(i));
        }
        return out.toBytes();
    }

    /**
     * Reads the payload of an ack. Another version is {@link Rejection#UNKNOWN_TYPE}, another number of dimensions
     * {@link Rejection#BAD_COUNT}, and what is not finite {@link Rejection#NUMBER_OUT_OF_RANGE}.
     */
    public static Decoded<Coordinate> decode(Bytes payload) {
        if (payload.isEmpty()) {
            return new Decoded.Rejected<>(Rejection.EMPTY, 0);
        }
        if (payload.at(0) != VERSION) {
            return new Decoded.Rejected<>(Rejection.UNKNOWN_TYPE, 0);
        }
        var in = new MsgPackReader(payload.array(), 1, payload.size());
        var vec = new double[Coordinate.DIMENSIONS];
        int dimensions = 0;
        double error = 0;
        double adjustment = 0;
        double height = 0;
        var fields = FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Vec" -> dimensions = readVec(in, vec);
                case "Error" -> error = finite(in);
                case "Adjustment" -> adjustment = finite(in);
                case "Height" -> height = finite(in);
                default -> in.skip();
            }
        }
        if (dimensions != Coordinate.DIMENSIONS) {
            in.reject(Rejection.BAD_COUNT);
        }
        return in.outcome(new Coordinate(vec, error, adjustment, height));
    }

    private static int readVec(MsgPackReader in, double[] vec) {
        int count = in.array();
        if (count != vec.length) {
            in.reject(Rejection.BAD_COUNT);
            return 0;
        }
        for (int i = 0; i < count; i++) {
            vec[i] = finite(in);
        }
        return count;
    }

    private static double finite(MsgPackReader in) {
        double value = in.real();
        if (!Double.isFinite(value)) {
            in.reject(Rejection.NUMBER_OUT_OF_RANGE);
            return 0;
        }
        return value;
    }
}
