/** The IDs of builds and jobs. ServiceStage publishes no pattern; its examples have 40 or 36 of these characters. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
