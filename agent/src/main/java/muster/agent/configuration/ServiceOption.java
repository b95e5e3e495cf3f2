package muster.agent.configuration;

/**
 * The value of {@code -service}: {@code web:3000,proto=http,check=/health,weight=10}, with commas or semicolons.
 *
 * @param name of the pool: letters, digits, dot, dash and underscore
 * @param port 1 to 65535
 * @param protocol "http" or "tcp"
 * @param checkPath HTTP path that tells readiness and health, or "" for none
 * @param weight 0 to 1000
 */
public record ServiceOption(String name, int port, String protocol, String checkPath, int weight) {
    private static final int WEIGHT_USUAL = 10;
    private static final int WEIGHT_MAX = 1_000;

    /** Throws {@link IllegalArgumentException} with the remedy. */
    public static ServiceOption parse(String text) {
        String[] parts = text.split("[,;]", -1);
        int colon = parts[0].indexOf(':');
        if (colon < 1) {
            throw wrong(text, "write NAME:PORT, like web:3000");
        }
        String name = parts[0].substring(0, colon);
        if (!Names.isService(name)) {
            throw wrong(text, Names.SERVICE_FORM);
        }
        int port = number(text, "port", parts[0].substring(colon + 1), 1, 65_535);
        String protocol = "http";
        String checkPath = "";
        int weight = WEIGHT_USUAL;
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String key = equals < 0 ? parts[i] : parts[i].substring(0, equals);
            String value = equals < 0 ? "" : parts[i].substring(equals + 1);
            switch (key) {
                case "proto" -> {
                    if (!value.equals("http") && !value.equals("tcp")) {
                        throw wrong(text, "proto must be http or tcp");
                    }
                    protocol = value;
                }
                case "check" -> {
                    if (!value.startsWith("/") || !value.matches("[!-~]+")) {
                        throw wrong(text, "check must be a path that starts with / and has no space");
                    }
                    checkPath = value;
                }
                case "weight" -> weight = number(text, "weight", value, 0, WEIGHT_MAX);
                default -> throw wrong(text, "'" + key + "' is none of proto, check, weight");
            }
        }
        return new ServiceOption(name, port, protocol, checkPath, weight);
    }

    private static int number(String text, String what, String digits, int least, int most) {
        try {
            int number = Integer.parseInt(digits);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw wrong(text, what + " must be a number from " + least + " to " + most);
    }

    private static IllegalArgumentException wrong(String text, String remedy) {
        return new IllegalArgumentException("service '" + text + "': " + remedy);
    }
}
