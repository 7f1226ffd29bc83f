"""`python -m api.cli` is `deskmate`, also where the command is not installed."""

from api.cli.main import main

if __name__ == "__main__":
    main()
