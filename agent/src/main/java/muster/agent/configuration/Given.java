package muster.agent.configuration;

/**
 * One value as somebody wrote it, not yet parsed.
 *
 * @param origin where, for messages: {@code flag -bind}, {@code MUSTER_BIND}, {@code node.yaml:3:7}
 */
public record Given(Setting<?> setting, String text, String origin) {}
