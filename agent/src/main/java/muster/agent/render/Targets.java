package muster.agent.render;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.configuration.TemplateOption;
import muster.agent.configuration.TemplateSchema;
import muster.templating.Syntax;
import muster.templating.target.Target;
import org.jspecify.annotations.Nullable;

/** What the settings say of templated files. */
public final class Targets {
    private Targets() {}

    /** Those of flags and lists first, then those with a name. Throws {@link BadConfiguration}. */
    public static List<Target> of(Configuration configuration) {
        var targets = new ArrayList<Target>();
        var problems = new ArrayList<String>();
        Configuration defaults = Configuration.resolve(List.of());
        for (TemplateOption option : configuration.value(Schema.TEMPLATE)) {
            String name = Path.of(option.destination()).normalize().toString();
            add(targets, problems, name, option.template(), option.destination(), defaults);
        }
        configuration.templates().forEach((name, own) -> {
            String template = needed(own, TemplateSchema.TEMPLATE, name, problems);
            String destination = needed(own, TemplateSchema.DESTINATION, name, problems);
            if (!template.isEmpty() && !destination.isEmpty()) {
                add(targets, problems, name, template, destination, own);
            }
        });
        for (Target target : targets) {
            long same = targets.stream()
                    .filter(other -> other.destination().equals(target.destination()))
                    .count();
            if (same > 1) {
                problems.add(
                        "template " + target.name() + ": another one has the same destination " + target.destination());
            }
        }
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return List.copyOf(targets);
    }

    private static String needed(Configuration own, Setting<String> setting, String name, List<String> problems) {
        String value = own.value(setting);
        if (value.isEmpty()) {
            problems.add("templates." + name + ": " + setting.key() + " is missing");
        }
        return value;
    }

    private static void add(
            List<Target> targets,
            List<String> problems,
            String name,
            String template,
            String destination,
            Configuration own) {
        try {
            Path to = Path.of(destination);
            Path fileName = to.getFileName();
            if (fileName == null) {
                problems.add("template " + name + ": '" + destination + "' is no file");
                return;
            }
            Syntax syntax = Syntax.named(own.value(TemplateSchema.SYNTAX));
            targets.add(new Target(
                    name,
                    Path.of(template),
                    to,
                    syntax == null ? Syntax.ofFile(fileName.toString()) : syntax,
                    permissions(own.value(TemplateSchema.MODE)),
                    orNull(own.value(TemplateSchema.OWNER)),
                    orNull(own.value(TemplateSchema.GROUP)),
                    own.value(TemplateSchema.CHECK),
                    own.value(TemplateSchema.APPLY),
                    own.value(TemplateSchema.TIMEOUT),
                    own.value(TemplateSchema.QUIET),
                    own.value(TemplateSchema.HOLD),
                    own.value(TemplateSchema.KEEP)));
        } catch (InvalidPathException e) {
            problems.add("template " + name + ": " + e.getMessage());
        }
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Set<PosixFilePermission> permissions(String octal) {
        int bits = Integer.parseInt(octal, 8);
        var letters = new StringBuilder();
        for (int bit = 8; bit >= 0; bit--) {
            letters.append((bits >> bit & 1) == 1 ? "rwxrwxrwx".charAt(8 - bit) : '-');
        }
        return PosixFilePermissions.fromString(letters.toString());
    }
}
