package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptTest {
    @TempDir
    Path directory;

    private List<String> commandFor(String content, String... arguments) throws IOException {
        return Script.command(Files.writeString(directory.resolve("run"), content), "./run", List.of(arguments));
    }

    @Test
    void what_is_no_regular_file_is_not_opened() throws Exception {
        Path fifo = directory.resolve("run");
        muster.supervisor.linux.Fifo.create(fifo, 0700);
        assertThatThrownBy(() -> Script.command(fifo, "./run", List.of())).hasMessageContaining("is no regular file");
    }

    @Test
    void a_script_is_read_by_its_interpreter() throws IOException {
        assertThat(commandFor("#!/bin/sh\necho\n", "web")).containsExactly("/bin/sh", "./run", "web");
        assertThat(commandFor("#! /bin/sh -e \necho\n")).containsExactly("/bin/sh", "-e", "./run");
        assertThat(commandFor("#!/bin/sh")).containsExactly("/bin/sh", "./run");
    }

    @Test
    void all_after_the_interpreter_is_one_argument_as_on_linux() throws IOException {
        assertThat(commandFor("#!/usr/bin/env -S a b\n")).containsExactly("/usr/bin/env", "-S a b", "./run");
        assertThat(commandFor("#!/usr/bin/with-contenv sh\n")).containsExactly("/usr/bin/with-contenv", "sh", "./run");
    }

    @Test
    void a_program_is_executed_itself() throws IOException {
        assertThat(commandFor("\177ELF…", "web")).containsExactly(directory + "/run", "web");
        assertThat(commandFor("")).containsExactly(directory + "/run");
    }

    @Test
    void what_is_wrong_with_a_first_line_is_said() {
        assertThatThrownBy(() -> commandFor("#!/bin/sh\r\necho\r\n")).hasMessageContaining("Windows");
        assertThatThrownBy(() -> commandFor("#!  \n")).hasMessageContaining("#!/bin/sh");
    }
}
