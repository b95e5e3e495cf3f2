package muster.agent.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Setting;

/** {@code muster completion SHELL}: what a shell needs to complete our command lines, made from the commands themselves. */
final class Completion implements FlaglessCommand {
    @Override
    public String name() {
        return "completion";
    }

    @Override
    public String summary() {
        return "print a completion script for a shell";
    }

    @Override
    public String wordsHelp() {
        return "bash|zsh|fish";
    }

    @Override
    public String story() {
        return """
                Prints a script that completes commands, flags and values by the TAB key.

                Example: muster completion bash >/etc/bash_completion.d/muster
                For zsh into _muster in a directory of $fpath, for fish into ~/.config/fish/completions/muster.fish.""";
    }

    @Override
    public int run(List<String> arguments, Console console) {
        String shell = arguments.size() == 1 ? arguments.getFirst() : "";
        console.out()
                .print(
                        switch (shell) {
                            case "bash" -> bash();
                            case "zsh" -> zsh();
                            case "fish" -> fish();
                            default -> throw new Refusal("name your shell: muster completion bash, zsh or fish");
                        });
        return OK;
    }

    private static Stream<String> flags(Command command) {
        return Stream.concat(command.settings().stream().map(setting -> "-" + setting.flag()), Stream.of("-help"));
    }

    /** The words that a flag takes; empty when it takes any. */
    private static List<String> values(Setting<?> setting) {
        String name = setting.kind().valueName();
        return name.indexOf('|') > 0 && name.equals(name.toLowerCase(java.util.Locale.ROOT))
                ? List.of(name.split("\\|"))
                : List.of();
    }

    private static String bash() {
        var script = new StringBuilder("""
                # bash completion for muster
                _muster() {
                    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
                    if [ "$COMP_CWORD" -eq 1 ]; then
                        COMPREPLY=($(compgen -W '""");
        script.append(String.join(" ", Commands.names())).append(" help' -- \"$word\"))\n        return\n    fi\n");
        script.append("    case ${COMP_WORDS[1]}:$before in\n");
        for (Command command : Commands.ALL) {
            for (Setting<?> setting : command.settings()) {
                if (!values(setting).isEmpty()) {
                    script.append("        %s:-%s | %s:--%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n"
                            .formatted(
                                    command.name(),
                                    setting.flag(),
                                    command.name(),
                                    setting.flag(),
                                    String.join(" ", values(setting))));
                }
            }
        }
        script.append("    esac\n    case ${COMP_WORDS[1]} in\n");
        script.append("        help) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n"
                .formatted(String.join(" ", Commands.names())));
        script.append("        completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\")); return ;;\n");
        script.append("    esac\n    case $word in\n        -*) ;;\n        *) return ;;\n    esac\n");
        script.append("    case ${COMP_WORDS[1]} in\n");
        for (Command command : Commands.ALL) {
            script.append("        %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n"
                    .formatted(command.name(), flags(command).collect(Collectors.joining(" "))));
        }
        return script.append("    esac\n}\ncomplete -o default -F _muster muster\n")
                .toString();
    }

    private static String zsh() {
        var script = new StringBuilder("#compdef muster\n# zsh completion for muster\n_muster() {\n");
        script.append("    if (( CURRENT == 2 )); then\n        local -a commands=(\n");
        for (Command command : Commands.ALL) {
            script.append("            ")
                    .append(quoted(command.name() + ":" + command.summary()))
                    .append('\n');
        }
        script.append("        )\n        _describe command commands\n        return\n    fi\n");
        // Two dashes are as good as one.
        script.append(
                "    words=(\"${words[@]/#--/-}\")\n    [[ $PREFIX == --* ]] && compset -P -\n    case $words[2] in\n");
        script.append("        help) compadd -- %s ;;\n".formatted(String.join(" ", Commands.names())));
        script.append("        completion) compadd -- bash zsh fish ;;\n");
        for (Command command : Commands.ALL) {
            if (command instanceof Completion) {
                continue;
            }
            script.append("        ").append(command.name()).append(") shift words; (( CURRENT-- )); _arguments");
            for (Setting<?> setting : command.settings()) {
                String value = setting.kind().shape() == Kind.Shape.SWITCH
                        ? ""
                        : ":" + setting.kind().valueName().replace(":", "\\:")
                                + (values(setting).isEmpty()
                                        ? ":_files"
                                        : ":(" + String.join(" ", values(setting)) + ")");
                String help =
                        setting.help().replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
                script.append(" \\\n            ").append(quoted("*-" + setting.flag() + "[" + help + "]" + value));
            }
            script.append(" \\\n            '*:word:_files' ;;\n");
        }
        return script.append("    esac\n}\n_muster \"$@\"\n").toString();
    }

    private static String fish() {
        var script = new StringBuilder("# fish completion for muster\n");
        script.append("complete -c muster -n '__fish_seen_subcommand_from help' -f -a '%s'%n"
                .formatted(String.join(" ", Commands.names())));
        script.append("complete -c muster -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
        for (Command command : Commands.ALL) {
            script.append("complete -c muster -n __fish_use_subcommand -f -a %s -d %s%n"
                    .formatted(command.name(), quoted(command.summary())));
            for (Setting<?> setting : command.settings()) {
                boolean takesValue = setting.kind().shape() != Kind.Shape.SWITCH;
                script.append("complete -c muster -n '__fish_seen_subcommand_from %s' -o %s%s%s -d %s%n"
                        .formatted(
                                command.name(),
                                setting.flag(),
                                takesValue ? " -r" : "",
                                values(setting).isEmpty() ? "" : " -f -a " + quoted(String.join(" ", values(setting))),
                                quoted(setting.help())));
            }
        }
        return script.toString();
    }

    /** For each of the three shells; fish knows no quote inside quotes but {@code \'}. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "’") + "'";
    }
}
