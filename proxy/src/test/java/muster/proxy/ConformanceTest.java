package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * "Rejects every bad row, passes every good row." Each row is sent raw, with a second request behind it that must never
 * reach a backend when the first is refused: that is what request smuggling is.
 */
class ConformanceTest {
    private static Stage stage;
    private static ScriptedBackend backend;

    /** One row: what is sent, and the status that it must get. */
    record Row(String name, String request, int status) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void open() {
        stage = Stage.open();
        backend = stage.backend(ScriptedBackend.answering("ok"));
    }

    @AfterAll
    static void close() {
        stage.close();
    }

    private static Row bad(String name, int status, String request) {
        return new Row(name, request, status);
    }

    private static Row good(String name, String request) {
        return new Row(name, request, 200);
    }

    private static String post(String fields, String body) {
        return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
    }

    private static String get(String fields) {
        return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
    }

    private static String chunked(String body) {
        return post("Transfer-Encoding: chunked\r\n", body);
    }

    static Stream<Row> badRows() {
        return Stream.of(
                // Framing: what two readers could see two ways.
                bad(
                        "length and chunked",
                        400,
                        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
                bad(
                        "chunked and length",
                        400,
                        post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")),
                bad("two equal lengths", 400, post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
                bad("two different lengths", 400, post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")),
                bad("a list of lengths", 400, post("Content-Length: 3, 3\r\n", "abc")),
                bad("length with plus", 400, post("Content-Length: +3\r\n", "abc")),
                bad("hexadecimal length", 400, post("Content-Length: 0x3\r\n", "abc")),
                bad("negative length", 400, post("Content-Length: -3\r\n", "abc")),
                bad("length with an inner space", 400, post("Content-Length: 1 3\r\n", "abc")),
                bad("length with a fraction", 400, post("Content-Length: 3.0\r\n", "abc")),
                bad("space before the colon of length", 400, post("Content-Length : 3\r\n", "abc")),
                bad("tab before the colon", 400, post("Content-Length\t: 3\r\n", "abc")),
                bad("empty length", 400, post("Content-Length:\r\n", "")),
                bad("length over 2^64", 400, post("Content-Length: 18446744073709551619\r\n", "abc")),
                bad("length over 2^63", 400, post("Content-Length: 9223372036854775808\r\n", "abc")),
                bad("coding xchunked", 501, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
                bad("coding identity", 501, post("Transfer-Encoding: identity\r\n", "")),
                bad("coding gzip", 501, post("Transfer-Encoding: gzip\r\n", "")),
                bad("coding list", 400, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
                bad("chunked not last", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
                bad("chunked twice in one line", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
                bad(
                        "chunked in two lines",
                        400,
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
                bad(
                        "coding chunked with identity behind",
                        400,
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")),
                bad("quoted chunked", 400, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
                bad("coding with vertical tab", 400, post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n")),
                bad("coding with parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")),
                bad("empty coding", 400, post("Transfer-Encoding:\r\n", "")),
                bad("space before the colon of coding", 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
                bad(
                        "coding in HTTP/1.0",
                        400,
                        "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                // Chunks.
                bad("chunk size 0x3", 400, chunked("0x3\r\nabc\r\n0\r\n\r\n")),
                bad("chunk size +3", 400, chunked("+3\r\nabc\r\n0\r\n\r\n")),
                bad("chunk size -1", 400, chunked("-1\r\nabc\r\n0\r\n\r\n")),
                bad("chunk size empty", 400, chunked("\r\nabc\r\n0\r\n\r\n")),
                bad("chunk size overflow", 400, chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")),
                bad("chunk size line with LF only", 400, chunked("3\nabc\r\n0\r\n\r\n")),
                bad("chunk size with space behind", 400, chunked("3 \r\nabc\r\n0\r\n\r\n")),
                bad("chunk size with space before", 400, chunked(" 3\r\nabc\r\n0\r\n\r\n")),
                bad("chunk with too much data", 400, chunked("3\r\nabcd\r\n0\r\n\r\n")),
                bad("chunk data ended by LF", 400, chunked("3\r\nabc\n0\r\n\r\n")),
                bad("chunk extension with LF", 400, chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")),
                bad("chunk extension with LF in quotes", 400, chunked("3;a=\"\n\"\r\nabc\r\n0\r\n\r\n")),
                bad("chunk extension without end", 400, chunked("3;" + "a".repeat(2_000) + "\r\nabc\r\n0\r\n\r\n")),
                bad(
                        "chunk extensions that outweigh the data",
                        400,
                        chunked(("1;" + "a".repeat(900) + "\r\nb\r\n").repeat(20))),
                bad("last chunk ended by LF", 400, chunked("0\n\n")),
                bad("trailer with a space in its name", 400, chunked("0\r\na b: c\r\n\r\n")),
                bad("trailer without colon", 400, chunked("0\r\nabc\r\n\r\n")),
                bad("trailer with NUL", 400, chunked("0\r\na: \0\r\n\r\n")),
                bad("trailer folded", 400, chunked("0\r\na: b\r\n c\r\n\r\n")),
                bad("trailers without end", 400, chunked("0\r\n" + "a: b\r\n".repeat(3_000) + "\r\n")),
                // Lines.
                bad("folded line", 400, get("A: b\r\n c\r\n")),
                bad("folded coding", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
                bad("space before the first field", 400, "GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"),
                bad("bare LF everywhere", 400, "GET / HTTP/1.1\nHost: x\n\n"),
                bad("bare LF after the request line", 400, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
                bad("bare LF after a field", 400, "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
                bad("bare LF as the empty line", 400, "GET / HTTP/1.1\r\nHost: x\r\n\n"),
                bad("bare CR in a value", 400, get("A: b\rc\r\n")),
                bad("bare CR as line end", 400, "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"),
                bad("CR CR LF", 400, get("A: b\r\r\n")),
                bad("NUL in a value", 400, get("A: b\0c\r\n")),
                bad("DEL in a value", 400, get("A: b\u007fc\r\n")),
                bad("escape in a value", 400, get("A: b\u001bc\r\n")),
                bad("NUL in a long value", 400, get("A: " + "b".repeat(100) + "\0" + "c".repeat(100) + "\r\n")),
                bad("empty field name", 400, get(": b\r\n")),
                bad("space in a field name", 400, get("A B: c\r\n")),
                bad("NUL in a field name", 400, get("A\0B: c\r\n")),
                bad("high byte in a field name", 400, get("A\u00e4: c\r\n")),
                bad("line without colon", 400, get("abc\r\n")),
                bad("brackets in a field name", 400, get("A[b]: c\r\n")),
                // Host.
                bad("no Host", 400, "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
                bad("empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
                bad("two Hosts", 400, "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
                bad("Host with a space", 400, "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"),
                bad("Host with a slash", 400, "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"),
                bad("Host with an at sign", 400, "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n"),
                bad("Host with a comma", 400, "GET / HTTP/1.1\r\nHost: x,y\r\n\r\n"),
                bad("Host with a bad port", 400, "GET / HTTP/1.1\r\nHost: x:http\r\n\r\n"),
                bad("Host with an open bracket", 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
                bad("Host with a high byte", 400, "GET / HTTP/1.1\r\nHost: \u00e4\r\n\r\n"),
                bad("absolute target of another host", 400, "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("absolute target of another port", 400, "GET http://x:81/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("absolute target with user", 400, "GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("absolute target of another scheme", 400, "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                // Request line.
                bad("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
                bad("HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
                bad("HTTP/0.9", 505, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"),
                bad("lower-case version", 400, "GET / http/1.1\r\nHost: x\r\n\r\n"),
                bad("version with two digits", 400, "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
                bad("no version", 400, "GET /\r\nHost: x\r\n\r\n"),
                bad("two spaces before the target", 400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("two spaces before the version", 400, "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("tab for a space", 400, "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("tab before the version", 400, "GET /\tHTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("space behind the version", 400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
                bad("space before the method", 400, " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("NUL before the method", 400, "\0GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("LF before the method", 400, "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("many empty lines", 400, "\r\n".repeat(10) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("fragment", 400, "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("raw high byte in the target", 400, "GET /\u00ff HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("NUL in the target", 400, "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("target without slash", 400, "GET index.html HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("star with GET", 400, "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("authority target", 400, "GET x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"),
                bad("bad method character", 400, "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("TRACE", 405, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("CONNECT", 501, "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"),
                bad("very long method", 501, "A".repeat(40) + " / HTTP/1.1\r\nHost: x\r\n\r\n"),
                // Limits.
                bad("long request line", 414, "GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                bad("long head", 431, get("A: " + "b".repeat(17_000) + "\r\n")),
                bad("many fields", 431, get("A: b\r\n".repeat(120))),
                // Hop by hop.
                bad("Connection names Host", 400, get("Connection: close, Host\r\n")),
                bad(
                        "Connection names Content-Length",
                        400,
                        post("Connection: Content-Length\r\nContent-Length: 3\r\n", "abc")),
                bad("Connection names X-Forwarded-For", 400, get("Connection: X-Forwarded-For\r\n")),
                bad("Connection names Authorization", 400, get("Connection: authorization\r\n")),
                bad("Connection names Cookie", 400, get("Connection: Cookie\r\nCookie: a=b\r\n")),
                bad(
                        "Connection names Transfer-Encoding",
                        400,
                        chunked("0\r\n\r\n").replace("Host: x", "Host: x\r\nConnection: Transfer-Encoding")),
                bad("Connection with very many names", 400, get("Connection: a" + ",b".repeat(40) + "\r\n")),
                bad("Connection with very many lines", 400, get("Connection: a\r\n".repeat(40))),
                bad("Connection with rubbish", 400, get("Connection: a b\r\n")),
                bad("unknown expectation", 417, get("Expect: magic\r\n")));
    }

    @ParameterizedTest
    @MethodSource("badRows")
    void rejects_every_bad_row(Row row) {
        int before = backend.heads.size();
        String answer = stage.ask(row.request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + row.status + " ").contains("Connection: close");
        assertThat(answer.split("HTTP/1.1 (?=[0-9]{3} )"))
                .as("one answer only: " + answer)
                .hasSize(2);
        List<String> later = backend.heads.subList(before, backend.heads.size());
        assertThat(later).noneMatch(head -> head.contains("smuggled"));
    }

    static Stream<Row> goodRows() {
        return Stream.of(
                good("plain", get("")),
                good("empty line first", "\r\n" + get("")),
                good("field without value", get("A:\r\n")),
                good("no space after the colon", get("A:b\r\n")),
                good("tab around a value", get("A:\tb\t\r\n")),
                good("tab inside a value", get("A: b\tc\r\n")),
                good("high bytes in a value", get("A: \u00e4\u00ff" + "\u00e4".repeat(30) + "\r\n")),
                good("any token as a name", get("!#$%&'*+-.^_`|~09azAZ: b\r\n")),
                good("unusual method", "PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n"),
                good("OPTIONS star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
                good("absolute target", "GET http://X:8080/a?b HTTP/1.1\r\nHost: x:8080\r\n\r\n"),
                good("absolute target without path", "GET http://x HTTP/1.1\r\nHost: x\r\n\r\n"),
                good("absolute target with query only", "GET http://x?a HTTP/1.1\r\nHost: x\r\n\r\n"),
                good("IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
                good("odd but allowed target", "GET /a|b{c}\"%zz'<> HTTP/1.1\r\nHost: x\r\n\r\n"),
                good("length 0", post("Content-Length: 0\r\n", "")),
                good("length with leading zeros", post("Content-Length: 0003\r\n", "abc")),
                good("length with space around", post("Content-Length:   3  \r\n", "abc")),
                good("GET with a body", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                good("chunked", chunked("3\r\nabc\r\n0\r\n\r\n")),
                good("CHUNKED", post("transfer-ENCODING: ChunKed\r\n", "3\r\nabc\r\n0\r\n\r\n")),
                good("chunk size with leading zeros", chunked("003\r\nabc\r\n000\r\n\r\n")),
                good("chunk size in capitals", chunked("A\r\n0123456789\r\n0\r\n\r\n")),
                good("chunk extension", chunked("3;a=b;c=\"d;\\\"\"\r\nabc\r\n0;z\r\n\r\n")),
                good("trailers", chunked("3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n")),
                good(
                        "body that looks like a request",
                        post("Content-Length: 32\r\n", "GET /x HTTP/1.1\r\nHost: evil\r\n\r\n.")),
                good("Connection with empty elements", get("Connection: ,keep-alive,,\r\n")),
                good("Proxy-Connection", get("Proxy-Connection: keep-alive\r\n")),
                good(
                        "upgrade to h2c is not taken up",
                        get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")),
                good("90 fields", get("A: b\r\n".repeat(90))),
                good("15 KiB of cookies", get("Cookie: " + "c".repeat(15_000) + "\r\n")));
    }

    @ParameterizedTest
    @MethodSource("goodRows")
    void passes_every_good_row(Row row) {
        var client = stage.client();
        client.send(row.request + "GET /after HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(200);
        assertThat(client.read().status()).isEqualTo(200);
        assertThat(backend.heads.getLast()).startsWith("GET /after HTTP/1.1\r\n");
    }

    @ParameterizedTest
    @MethodSource("badRows")
    void rejects_every_bad_row_that_arrives_byte_by_byte(Row row) throws InterruptedException {
        if (row.request.length() > 300) return;
        int before = backend.heads.size();
        try (RawClient client = new RawClient(stage.proxy.port())) {
            for (byte each : (row.request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)) {
                try {
                    client.socket.getOutputStream().write(each);
                } catch (java.io.IOException _) {
                    break;
                }
            }
            String answer = client.readToEnd();
            assertThat(answer).startsWith("HTTP/1.1 " + row.status + " ");
            assertThat(answer.split("HTTP/1.1 (?=[0-9]{3} )")).hasSize(2);
        }
        assertThat(backend.heads.subList(before, backend.heads.size())).noneMatch(head -> head.contains("smuggled"));
    }
}
