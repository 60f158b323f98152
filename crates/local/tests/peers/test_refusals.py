"""What cannot be is refused: one sentence on standard error that names the thing, exit code 1, and soon."""

import os
import pathlib
import shutil
import socket
import unittest.mock

from helpers import WEB_LOG, PeerTest, Run, binary

SECONDS = 15.0
SENTENCE_CHARACTERS_MAX = 400


class RefusalsTest(PeerTest):
    """Runs that end before they begin."""

    def check_refused(self, run: Run, *words: str) -> None:
        """It ends in time with one sentence that has all of `words`."""
        self.assertEqual(run.finish(SECONDS), 1, run.said())
        self.assertEqual(len(run.said()), 1, run.said())
        sentence = run.said()[0]
        self.assertLessEqual(len(sentence), SENTENCE_CHARACTERS_MAX, sentence)
        for word in words:
            self.assertIn(word, sentence)
        self.assertNotIn("panicked", sentence)

    def missing(self) -> pathlib.Path:
        """A path where nothing is."""
        return self.folder / "missing"

    def test_a_port_that_is_taken(self) -> None:
        for field in ("KinesisPort", "S3Port"):
            with self.subTest(field), socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
                run = self.start(**{field: port})
                self.check_refused(run, f"127.0.0.1:{port}", field, "another port")
                self.assertFalse(self.data.exists(), "nothing is left behind")

    def test_a_folder_that_cannot_be_written(self) -> None:
        below_a_file = self.file("file", b"") / "data"
        for field in ("DataDirectory", "InvocationsDirectory"):
            with self.subTest(field):
                self.check_refused(self.start(**{field: str(below_a_file)}), field, str(below_a_file))

    def test_a_folder_that_another_run_serves(self) -> None:
        first = self.start()
        first.wait_for("ready")
        self.check_refused(self.start(), str(self.data), "another process")
        self.assertEqual(first.stop(), 0)

    def test_a_handler_that_exits_at_once(self) -> None:
        for name, script, word in [
            ("with an error", "#!/bin/sh\nexit 3\n", "exit status 3"),
            ("with success", "#!/bin/sh\nexit 0\n", "exited"),
        ]:
            with self.subTest(name):
                handler = self.file("handler", script.encode())
                handler.chmod(0o755)
                run = self.start(Function={"Bootstrap": str(handler)}, Input={"Path": str(WEB_LOG)})
                self.check_refused(run, "function", word)

    def test_a_handler_that_is_none(self) -> None:
        text = self.file("handler.txt", b"not a program")
        for name, path in [("missing", self.missing()), ("not executable", text), ("a folder", self.folder)]:
            with self.subTest(name):
                self.check_refused(self.start(Function={"Bootstrap": str(path)}), str(path))

    def test_settings_that_the_function_refuses(self) -> None:
        variables = {"PENSTOCK_BUCKET": "acme-events", "PENSTOCK_DELIVERY_NAME": "e", "PENSTOCK_FRAMING": "sideways"}
        function = {"Environment": {"Variables": variables}}
        run = self.start(Function=function, Input={"Path": str(WEB_LOG)})
        self.check_refused(run, "PENSTOCK_FRAMING", "sideways", "after", "between", "none")

    def test_an_input_that_is_none(self) -> None:
        for name, path in [("missing", self.missing()), ("a folder", self.folder)]:
            with self.subTest(name):
                self.check_refused(self.start(Input={"Path": str(path)}), str(path))
                self.check_refused(self.xtask_local(input=path), "input", str(path))

    def test_a_scenario_that_is_none(self) -> None:
        for name, path, word in [
            ("missing", self.missing(), "missing"),
            ("no JSON", self.file("text.json", b"hello"), "scenario"),
            ("unknown field", self.file("fields.json", b'{"FilterCriteria": {}}'), "FilterCriteria"),
        ]:
            with self.subTest(name):
                self.check_refused(self.run_command(binary("PENSTOCK_LOCAL"), str(path)), word)

    def test_arguments_of_the_command(self) -> None:
        environment = self.file("environment.toml", b'[stream]\nname = "events"\n[delivery]\nbuckett = "acme-events"\n')
        for name, options, words in [
            ("no such handler", {"handler": self.missing()}, [str(self.missing())]),
            ("no such environment", {"environment": "staging"}, ["staging"]),
            ("unknown key", {"environment": environment}, [str(environment), "buckett", "bucket?"]),
        ]:
            with self.subTest(name):
                self.check_refused(self.xtask_local(**options), *words)

    def test_what_only_the_run_finds_out_in_the_words_of_the_command(self) -> None:
        not_executable, below_a_file = self.file("handler.txt", b"text"), self.file("file", b"") / "data"
        exits = self.file("handler", b"#!/bin/sh\nexit 3\n")
        exits.chmod(0o755)
        # All is built by whoever starts these tests; cargo would first wait for any other build of this tree.
        no_build = unittest.mock.patch.dict(os.environ, CARGO=shutil.which("true"))
        with no_build, socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for name, options, words in [
                ("port of Kinesis", {"kinesis_port": port}, [f"127.0.0.1:{port}", "--kinesis-port"]),
                ("port of S3", {"s3_port": port}, [f"127.0.0.1:{port}", "--s3-port"]),
                ("folder", {"data": below_a_file}, ["--data", str(below_a_file)]),
                ("handler that is none", {"handler": not_executable}, [str(not_executable), "execut"]),
                ("handler that exits", {"handler": exits, "input": WEB_LOG}, ["function", "exit status 3"]),
            ]:
                with self.subTest(name):
                    self.check_refused(self.xtask_local("--json", **options), *words)
