package muster.agent.node;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.ClusterKey;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.FileReader;
import muster.agent.configuration.Schema;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.Settings;
import muster.gossip.Timing;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.Tags;
import muster.supervisor.linux.HostName;

/**
 * What the operator chose for a member, checked as far as that goes without binding a port.
 *
 * @param bindPort 0 for any free one
 * @param bindOrigin where the two were given, for messages
 * @param advertiseHost what others are told
 * @param advertisePort {@link Endpoint#NO_PORT} for the one that is bound
 * @param seedPort for names of seeds that are given without a port
 * @param base everything else; its own address is a placeholder
 */
public record MemberChoice(
        InetAddress bindHost,
        int bindPort,
        String bindOrigin,
        InetAddress advertiseHost,
        int advertisePort,
        int seedPort,
        Settings base) {

    /** Serf's gossip port. */
    public static final int GOSSIP_PORT = 7946;

    private static final String ROLE = "role";

    /** Throws {@link CannotStart} with the remedy. */
    public static MemberChoice of(Configuration configuration) throws CannotStart {
        Endpoint bind = configuration.value(Schema.BIND);
        String interfaceName = configuration.value(Schema.INTERFACE);
        InetAddress bindHost = resolve(bind.hostOr("0.0.0.0"), configuration.origin(Schema.BIND));
        if (!interfaceName.isEmpty()) {
            bindHost = onInterface(interfaceName, bindHost, configuration);
        }
        int bindPort = bind.portOr(GOSSIP_PORT);

        Endpoint advertise = configuration.value(Schema.ADVERTISE);
        InetAddress advertiseHost;
        if (!advertise.host().isEmpty()) {
            advertiseHost = resolve(advertise.host(), configuration.origin(Schema.ADVERTISE));
        } else if (!bindHost.isAnyLocalAddress()) {
            advertiseHost = bindHost;
        } else {
            advertiseHost = Addresses.preferred();
        }
        if (advertiseHost.isAnyLocalAddress()) {
            throw new CannotStart(configuration.origin(Schema.ADVERTISE) + ": " + advertise.host()
                    + " means every address; give the one that others can reach this node at");
        }
        return new MemberChoice(
                bindHost,
                bindPort,
                configuration.origin(interfaceName.isEmpty() ? Schema.BIND : Schema.INTERFACE),
                advertiseHost,
                advertise.port() == 0 ? Endpoint.NO_PORT : advertise.port(),
                bindPort == 0 ? GOSSIP_PORT : bindPort,
                base(configuration));
    }

    private static InetAddress resolve(String host, String origin) throws CannotStart {
        try {
            return Addresses.resolve(host);
        } catch (CannotStart e) {
            throw new CannotStart(origin + ": " + e.getMessage());
        }
    }

    /** Serf's: where every address would be bound, that of the interface, which has to have any other. */
    private static InetAddress onInterface(String interfaceName, InetAddress bindHost, Configuration configuration)
            throws CannotStart {
        try {
            return bindHost.isAnyLocalAddress()
                    ? Addresses.preferredOf(interfaceName)
                    : Addresses.checkedOf(interfaceName, bindHost);
        } catch (CannotStart e) {
            throw new CannotStart(configuration.origin(Schema.INTERFACE) + ": " + e.getMessage());
        }
    }

    /** The whole, once the port is known. */
    Settings settings(int boundPort) {
        var address = Addresses.of(
                new InetSocketAddress(advertiseHost, advertisePort == Endpoint.NO_PORT ? boundPort : advertisePort));
        return new Settings(
                base.name(),
                address,
                base.tags(),
                base.timing(),
                base.keys(),
                base.compress(),
                base.reconnectEvery(),
                base.reconnectTimeout(),
                base.tombstoneTimeout(),
                base.leavePropagateDelay(),
                base.broadcastTimeout(),
                base.sizes(),
                base.resolveNames());
    }

    private static Settings base(Configuration configuration) throws CannotStart {
        String name = configuration.value(Schema.NODE);
        if (name.isEmpty()) {
            name = hostName();
        }
        var placeholder = Addresses.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Settings usual = Settings.of(name, placeholder, tags(configuration));
        return new Settings(
                usual.name(),
                placeholder,
                usual.tags(),
                timing(configuration.value(Schema.PROFILE)),
                keys(configuration),
                !configuration.value(Schema.DISABLE_COMPRESSION),
                configuration.value(Schema.RECONNECT_INTERVAL),
                configuration.value(Schema.RECONNECT_TIMEOUT),
                configuration.value(Schema.TOMBSTONE_TIMEOUT),
                usual.leavePropagateDelay(),
                configuration.value(Schema.BROADCAST_TIMEOUT),
                new Settings.Sizes(
                        configuration.value(Schema.USER_EVENT_SIZE_LIMIT),
                        configuration.value(Schema.QUERY_SIZE_LIMIT),
                        configuration.value(Schema.QUERY_RESPONSE_SIZE_LIMIT)),
                !configuration.value(Schema.DISABLE_NAME_RESOLUTION));
    }

    /** What the operator wants as tags, from wherever. Throws {@link CannotStart} with the remedy. */
    public static SortedMap<String, String> tags(Configuration configuration) throws CannotStart {
        String file = configuration.value(Schema.TAGS_FILE);
        if (!file.isEmpty()) {
            return tagsIn(Path.of(file), configuration);
        }
        var tags = new TreeMap<>(configuration.value(Schema.TAGS));
        if (configuration.isSet(Schema.ROLE)) {
            tags.put(ROLE, configuration.value(Schema.ROLE));
        }
        int bytes = Tags.encode(tags).size();
        if (bytes > Message.META_BYTES_MAX) {
            throw new CannotStart(configuration.origin(Schema.TAGS) + ": the tags take " + bytes
                    + " bytes encoded and may take " + Message.META_BYTES_MAX + ": use fewer or shorter ones");
        }
        return Collections.unmodifiableSortedMap(tags);
    }

    private static SortedMap<String, String> tagsIn(Path file, Configuration configuration) throws CannotStart {
        if (configuration.isSet(Schema.TAGS) || configuration.isSet(Schema.ROLE)) {
            throw new CannotStart("Tags config not allowed while using tag files: give -tags-file or -tag, not both");
        }
        if (!Files.exists(file)) {
            return Collections.emptySortedMap(); // the first change of a tag makes it
        }
        try {
            SortedMap<String, String> tags = FileReader.map(file, "-tags-file");
            Log.line(LogLevel.INFO, "agent: Restored " + tags.size() + " tag(s) from " + file);
            return Collections.unmodifiableSortedMap(tags);
        } catch (BadConfiguration e) {
            throw new CannotStart("Failed to read tags file: " + e.getMessage());
        }
    }

    private static Timing timing(String profile) {
        return switch (profile) {
            case "wan" -> Timing.WAN;
            case "local" -> Timing.LOCAL;
            default -> Timing.LAN;
        };
    }

    private static List<Bytes> keys(Configuration configuration) throws CannotStart {
        String encoded = configuration.value(Schema.ENCRYPT);
        String file = configuration.value(Schema.KEYRING_FILE);
        if (!file.isEmpty()) {
            if (!encoded.isEmpty()) {
                throw new CannotStart(
                        "Encryption key not allowed while using a keyring: give -encrypt or -keyring-file, not both");
            }
            return KeyringFile.read(Path.of(file));
        }
        return encoded.isEmpty() ? List.of() : List.of(ClusterKey.decode(encoded));
    }

    private static String hostName() throws CannotStart {
        String fromEnvironment = System.getenv("HOSTNAME"); // what containers set; saves a name lookup
        if (fromEnvironment != null && !fromEnvironment.isBlank()) {
            return fromEnvironment;
        }
        String ofKernel = HostName.ofKernel(); // Serf's choice; whether a name service knows it does not matter
        if (ofKernel.equals("-")) {
            throw new CannotStart("this host has no name; give one with -node NAME");
        }
        return ofKernel;
    }
}
