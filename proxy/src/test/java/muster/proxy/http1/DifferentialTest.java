package muster.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Against an independent reader, Netty's own: whatever we take, it takes too and understands the same. The other way round
 * need not hold: we are the stricter one.
 */
class DifferentialTest {
    private static final List<String> SEEDS = List.of(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /a?b=c HTTP/1.1\r\nHost: example.org:80\r\nContent-Length: 12\r\nCookie: a=b\r\n\r\n",
            "PUT /a HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nConnection: X-A\r\nX-A: b\r\n\r\n",
            "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nAccept: a,\tb\r\n\r\n",
            "GET http://x/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nEmpty:\r\n\r\n");

    /** What request smuggling is made of. */
    private static final String[] PARTS = {
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        ":",
        ",",
        "\0",
        "0",
        "+",
        "-",
        ";",
        "\u000b",
        "\u0085",
        "\u00a0",
        "chunked",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Host: y\r\n",
        "HTTP/1.1",
        "HTTP/1.0",
        "identity",
        " \r\n",
        "\r\n "
    };

    @Test
    void what_we_take_netty_takes_too_and_understands_the_same() {
        long seed = 20261122;
        var random = new SplittableRandom(seed);
        int taken = 0;
        for (int n = 0; n < 60_000; n++) {
            String request = mutate(SEEDS.get(random.nextInt(SEEDS.size())), random);
            byte[] bytes = request.getBytes(StandardCharsets.ISO_8859_1);
            RequestHead ours = new RequestHead(HeadLimits.DEFAULTS);
            int end = ours.parse(bytes, 0, bytes.length);
            if (end <= 0) continue;
            taken++;
            compare("seed " + seed + " round " + n + "\n" + request, ours, bytes, end);
        }
        assertThat(taken).isGreaterThan(5_000);
    }

    private static String mutate(String request, SplittableRandom random) {
        StringBuilder text = new StringBuilder(request);
        for (int k = random.nextInt(3); k >= 0; k--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, PARTS[random.nextInt(PARTS.length)]);
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.setCharAt(at, (char) random.nextInt(256));
                default -> text.insert(Math.max(0, text.indexOf("\r\n") + 2), PARTS[random.nextInt(PARTS.length)]);
            }
        }
        return text.toString();
    }

    private static void compare(String name, RequestHead ours, byte[] bytes, int end) {
        var channel = new EmbeddedChannel(new HttpRequestDecoder());
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes, 0, end));
            HttpRequest theirs = channel.readInbound();
            assertThat(theirs).as(name).isNotNull();
            assertThat(theirs.decoderResult().isSuccess())
                    .as(name + theirs.decoderResult())
                    .isTrue();
            assertThat(ours.isChunked()).as(name).isEqualTo(HttpUtil.isTransferEncodingChunked(theirs));
            assertThat(ours.contentLength()).as(name).isEqualTo(HttpUtil.getContentLength(theirs, -1L));
            assertThat(ours.isHttp11())
                    .as(name)
                    .isEqualTo(theirs.protocolVersion().minorVersion() == 1);
            assertThat(theirs.headers().getAll(HttpHeaderNames.HOST)).as(name).hasSizeLessThanOrEqualTo(1);
            if (ours.method() != RequestHead.Method.OTHER) {
                assertThat(theirs.method().name())
                        .as(name)
                        .isEqualTo(ours.method().name());
            }
        } finally {
            for (Object left = channel.readInbound(); left != null; left = channel.readInbound()) {
                ReferenceCountUtil.release(left);
            }
            channel.finishAndReleaseAll();
        }
    }
}
