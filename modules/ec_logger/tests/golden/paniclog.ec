1757003460:ec_logger: cannot write /var/log/godwit/mainlog.ec: No space left on device\nsecond line
1757003460:spool: the store fails
