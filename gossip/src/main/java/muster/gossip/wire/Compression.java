package muster.gossip.wire;

/** Memberlist's compressed message: type 9 and a map of the algorithm (LZW is the only one) and the bytes. */
final class Compression {
    private static final Struct FIELDS = Struct.of("Algo", "Buf");
    private static final int LZW = 0;

    private Compression() {}

    /** The whole message, type byte and all. */
    static Bytes wrap(Bytes plain) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.COMPRESS).map(2);
        out.text("Algo").unsigned(LZW);
        out.text("Buf").bytes(Lzw.deflate(plain));
        return out.toBytes();
    }

    /**
     * Reads the map behind the type byte and unfolds it to at most {@code bytesMax} bytes, never empty. Copies nothing
     * before the map is whole.
     */
    static Decoded<Bytes> unwrap(byte[] array, MsgPackReader in, int bytesMax) {
        long algorithm = LZW;
        int from = 0;
        int length = 0;
        var fields = FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Algo" -> algorithm = in.unsigned(0xff);
                case "Buf" -> {
                    length = in.bytesInPlace(MsgPackReader.LENGTH_MAX, Rejection.TOO_LARGE);
                    from = in.position() - length;
                }
                default -> in.skip();
            }
        }
        if (algorithm != LZW) {
            in.reject(Rejection.UNKNOWN_COMPRESSION);
        }
        if (in.failed()) {
            return in.outcome(Bytes.EMPTY);
        }
        Decoded<Bytes> inflated = Lzw.inflate(array, from, from + length, bytesMax);
        return inflated instanceof Decoded.Ok<Bytes>(Bytes plain) && plain.isEmpty()
                ? new Decoded.Rejected<>(Rejection.EMPTY, 0)
                : inflated;
    }
}
