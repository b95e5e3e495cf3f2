package muster.proxy.http1;

import java.util.Arrays;

/** The fields that mean something to a proxy; every other one is {@link #OTHER} and passes as it is. */
enum Field {
    OTHER(""),
    /** Written with underscores so that an application gateway would take it for one of the others: never passed. */
    UNDERSCORE_TWIN(""),
    HOST("host"),
    CONTENT_LENGTH("content-length"),
    TRANSFER_ENCODING("transfer-encoding"),
    CONNECTION("connection"),
    KEEP_ALIVE("keep-alive"),
    PROXY_CONNECTION("proxy-connection"),
    PROXY_AUTHENTICATE("proxy-authenticate"),
    PROXY_AUTHORIZATION("proxy-authorization"),
    PROXY("proxy"),
    TE("te"),
    TRAILER("trailer"),
    UPGRADE("upgrade"),
    HTTP2_SETTINGS("http2-settings"),
    EXPECT("expect"),
    COOKIE("cookie"),
    AUTHORIZATION("authorization"),
    VIA("via"),
    FORWARDED("forwarded"),
    X_REAL_IP("x-real-ip"),
    X_FORWARDED_FOR("x-forwarded-for"),
    X_FORWARDED_PROTO("x-forwarded-proto"),
    X_FORWARDED_PORT("x-forwarded-port"),
    X_FORWARDED_HOST("x-forwarded-host");

    private static final Field[] BY_ORDINAL = values();
    private static final Field[][] BY_LENGTH = byLength();

    private final String lower;

    Field(String lower) {
        this.lower = lower;
    }

    private static Field[][] byLength() {
        Field[][] byLength = new Field[20][];
        for (int length = 0; length < byLength.length; length++) {
            int wanted = length;
            byLength[length] = Arrays.stream(BY_ORDINAL)
                    .filter(f -> f.lower.length() == wanted && wanted > 0)
                    .toArray(Field[]::new);
        }
        return byLength;
    }

    static Field of(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length >= BY_LENGTH.length) return OTHER;
        byte first = Characters.lowerCase(bytes[from]);
        for (Field field : BY_LENGTH[length]) {
            if (field.lower.charAt(0) == first) {
                int match = field.match(bytes, from);
                if (match != 0) return match > 0 ? field : UNDERSCORE_TWIN;
            }
        }
        return OTHER;
    }

    /** 1 for equal, -1 for equal but for underscores, 0 for different. */
    private int match(byte[] bytes, int from) {
        int match = 1;
        for (int i = 1; i < lower.length(); i++) {
            byte c = Characters.lowerCase(bytes[from + i]);
            if (c != lower.charAt(i)) {
                if (c != '_' || lower.charAt(i) != '-') return 0;
                match = -1;
            }
        }
        return match;
    }

    /** What {@code Connection} must not name: removing it on the way would change whom or what a request is for. */
    boolean endToEnd() {
        return switch (this) {
            case HOST,
                    CONTENT_LENGTH,
                    TRANSFER_ENCODING,
                    COOKIE,
                    AUTHORIZATION,
                    VIA,
                    FORWARDED,
                    X_REAL_IP,
                    X_FORWARDED_FOR,
                    X_FORWARDED_PROTO,
                    X_FORWARDED_PORT,
                    X_FORWARDED_HOST,
                    UNDERSCORE_TWIN -> true;
            case OTHER,
                    CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    PROXY_AUTHENTICATE,
                    PROXY_AUTHORIZATION,
                    PROXY,
                    TE,
                    TRAILER,
                    UPGRADE,
                    HTTP2_SETTINGS,
                    EXPECT -> false;
        };
    }
}
