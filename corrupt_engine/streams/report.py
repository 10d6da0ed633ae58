"""`StreamReport`: the answers to a stream, from a record and into files."""

from pathlib import Path

from ..catalogue import Condition
from ..errors import RecordError
from ..metrics.predictions import Predictions
from ..runtime.checks import check_path
from .answers import StreamAnswers
from .record import COLUMNS, Contents, read
from .saving import save_streams, table_of
from .stream import Stream


class StreamReport(StreamAnswers):
    """The answers of a model to a stream, in the order in which they came, as `evaluate_stream` gives them.

    Args:
        model: its name.
        stream: the Stream.
        batch_size: images a batch.
        ids: (T,) the sample ids.
        stages: (T,) the number of each one's stage.
        labels: (T,) the right classes.
        predictions: of each prediction, confidence and rank, (T,).
        settings: what fixed the answers, by dotted keys.
        facts: what did not.
    """

    @classmethod
    def load(cls, path: str | Path) -> "StreamReport":
        """The report of a finished record.

        Args:
            path: the file.

        Returns:
            The StreamReport.

        Raises:
            RecordError: it does not exist, is no record of a stream, or is not finished.
        """
        file = check_path("path", path)
        return cls.of(read(file), file)

    @classmethod
    def of(cls, held: Contents, path: Path | str) -> "StreamReport":
        """The report of what a record holds.

        Args:
            held: its contents.
            path: what messages call it.

        Returns:
            The StreamReport.

        Raises:
            RecordError: it is not finished.
        """
        configuration, facts, columns, done = held
        fields = {key.partition(".")[2]: value for key, value in configuration.items() if key.startswith("stream.")}
        fields["conditions"] = tuple(Condition(*stage) for stage in fields["conditions"])
        stream = Stream(**fields)
        wanted = len(stream.conditions) * configuration["data.of_each_stage"]
        if done < wanted or len(columns["ids"]) != done:
            raise RecordError(
                f"record {path} is not finished: {done:,} of {wanted:,} answers; run it again, it goes on"
            )
        ids, stages, labels, *predicted = (columns[name] for name in COLUMNS)
        size = configuration["batch_size"]
        return cls(facts["model"], stream, size, ids, stages, labels, Predictions(*predicted), configuration, facts)

    def save(self, path: str | Path) -> Path:
        """Write it.

        Args:
            path: .html (a page with the error over time), .json, .csv (a row an answer) or .txt.

        Returns:
            The path.

        Raises:
            UnknownNameError: there is no such format.
            OptionError: the file cannot be written.
        """
        return save_streams([self], path)

    def __str__(self) -> str:
        return table_of([self])
