package muster.supervisor;

import java.time.Duration;
import java.util.List;

/** Where the output of a service goes. */
public sealed interface Logging {
    /** Where ours goes, untouched and without us. */
    record Inherited() implements Logging {}

    /**
     * Its standard output is another service's standard input, through a pipe that we keep open: nothing is lost while
     * either of them restarts. Standard error is inherited. Neither waits for the other to start; the logger ends after the
     * service, by end of file.
     */
    record ToService(String name) implements Logging {}

    /**
     * We read its output, line by line, and write it to all of these.
     *
     * @param sinks at least one
     * @param lineBytesMax longer lines are split, from {@link #LINE_BYTES_MIN} to {@link #LINE_BYTES_MAX}
     */
    record Captured(List<Sink> sinks, int lineBytesMax) implements Logging {
        public static final int LINE_BYTES_MIN = 80;
        public static final int LINE_BYTES_MAX = 1 << 20;
        public static final int LINE_BYTES_DEFAULT = 8_192;

        public Captured {
            sinks = List.copyOf(sinks);
            if (sinks.isEmpty()) {
                throw new IllegalArgumentException("captured output needs a place to go");
            }
            if (lineBytesMax < LINE_BYTES_MIN || lineBytesMax > LINE_BYTES_MAX) {
                throw new IllegalArgumentException("longest line " + lineBytesMax + " must be from " + LINE_BYTES_MIN
                        + " to " + LINE_BYTES_MAX + " bytes");
            }
        }
    }

    Logging INHERITED = new Inherited();

    /** Captured, with the usual longest line. */
    static Captured to(Sink... sinks) {
        return new Captured(List.of(sinks), Captured.LINE_BYTES_DEFAULT);
    }

    /** One place for lines. */
    sealed interface Sink {
        /**
         * Our standard output, each line after the service's name. When nobody reads it, the service waits.
         *
         * @param stamped also after the time, in UTC
         */
        record Console(boolean stamped) implements Sink {}

        /**
         * A file that is moved aside when it is full or old. When the disk is full, lines are lost and counted.
         *
         * @param path its directory is made if need be; kept ones are called {@code path.1} (the newest) and so on
         * @param bytesMax moved aside before it gets longer, at least {@link #FILE_BYTES_MIN}
         * @param keep how many of them are kept beside the current one, from 0 to {@link #KEEP_MAX}
         * @param ageMax moved aside when its first line is so old and another one comes; zero for never
         * @param stamped each line after the time, in UTC
         */
        record File(String path, long bytesMax, int keep, Duration ageMax, boolean stamped) implements Sink {
            public static final long FILE_BYTES_MIN = 4_096;
            public static final int KEEP_MAX = 1_000;

            public File {
                if (path.isEmpty() || path.indexOf('\0') >= 0) {
                    throw new IllegalArgumentException("a log file needs a path");
                }
                if (bytesMax < FILE_BYTES_MIN) {
                    throw new IllegalArgumentException(
                            "log file size " + bytesMax + " must be at least " + FILE_BYTES_MIN + " bytes");
                }
                if (keep < 0 || keep > KEEP_MAX) {
                    throw new IllegalArgumentException("kept log files " + keep + " must be from 0 to " + KEEP_MAX);
                }
                Checks.notNegative("log file age", ageMax);
            }
        }

        /**
         * A syslog receiver, in the format of RFC 5424. It is not waited for: when it is away too long, lines are lost
         * and counted, and it is told how many.
         *
         * @param facility from 0 to 23; 3 is daemon, 16 to 23 are local
         */
        record Syslog(Transport transport, int facility) implements Sink {
            public static final int FACILITY_DAEMON = 3;

            public Syslog {
                if (facility < 0 || facility > 23) {
                    throw new IllegalArgumentException("syslog facility " + facility + " must be from 0 to 23");
                }
            }
        }
    }

    /** How syslog messages travel. As text it is what people write: {@code udp://host:514}, {@code unix:/dev/log}. */
    sealed interface Transport {
        /** RFC 5426: one datagram each. */
        record Udp(String host, int port) implements Transport {
            @Override
            public String toString() {
                return "udp://" + place(host, port);
            }
        }

        /** RFC 6587: one connection, each message after its length. */
        record Tcp(String host, int port) implements Transport {
            @Override
            public String toString() {
                return "tcp://" + place(host, port);
            }
        }

        /** A socket of this machine, such as {@code /dev/log}; datagrams, or a stream if that is what it is. */
        record Unix(String path) implements Transport {
            @Override
            public String toString() {
                return "unix:" + path;
            }
        }

        private static String place(String host, int port) {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }
}
